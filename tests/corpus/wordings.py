"""What the synthesised voices say, by the part it plays in a call; the same lists in Indonesian and in English."""

from __future__ import annotations

INDONESIAN = {
    "greeting": (
        "Selamat datang di layanan kami. Untuk informasi tekan satu. Untuk bicara dengan petugas, tekan sembilan.",
        "Terima kasih telah menghubungi kami. Tekan satu untuk tagihan, dua untuk gangguan, sembilan untuk petugas.",
        "Anda terhubung dengan layanan dua puluh empat jam. Percakapan ini direkam. Tekan sembilan untuk agen.",
    ),
    "menu": (
        "Tekan satu untuk informasi produk, dua untuk keluhan, sembilan untuk berbicara dengan petugas kami.",
        "Silakan tekan angka pilihan Anda, atau tekan bintang untuk mengulang menu ini.",
    ),
    "transfer": (
        "Mohon tunggu, Anda akan dihubungkan dengan petugas kami.",
        "Panggilan Anda sedang kami teruskan. Mohon jangan menutup telepon.",
        "Sebentar, kami sambungkan ke agen.",
    ),
    "queue": (
        "Semua petugas kami sedang melayani pelanggan lain. Mohon tetap menunggu.",
        "Panggilan Anda penting bagi kami. Petugas berikutnya akan segera melayani Anda.",
        "Anda berada pada antrean nomor tiga. Perkiraan waktu tunggu dua menit.",
        "Tahukah Anda, tagihan kini dapat dibayar lewat aplikasi kami di ponsel.",
    ),
    "closed": (
        "Maaf, layanan kami sedang tutup. Silakan hubungi kembali pada hari kerja pukul delapan sampai tujuh belas.",
        "Mohon maaf, di luar jam layanan. Terima kasih, sampai jumpa.",
    ),
    "full": (
        "Maaf, antrean sedang penuh. Silakan mencoba beberapa saat lagi.",
        "Seluruh saluran kami sedang sibuk. Hubungi kami kembali nanti. Terima kasih.",
    ),
    "agent_greeting": (
        "Selamat siang, dengan Rina, ada yang bisa saya bantu?",
        "Layanan pelanggan, dengan Budi di sini. Dengan siapa saya bicara?",
        "Halo, selamat pagi, terima kasih sudah menunggu, saya Dewi. Apa yang dapat kami bantu?",
    ),
    "agent": (
        "Halo, selamat sore, dengan Anton, bisa dibantu?",
        "Ya, selamat malam, maaf menunggu lama. Nama saya Sari. Ada keluhan apa?",
        "Pusat layanan, selamat siang. Boleh saya tahu nama lengkap dan nomor pelanggan Anda?",
        "Baik, terima kasih sudah menunggu. Saya periksa dulu datanya di komputer, ya.",
        "Halo? Apakah suara saya terdengar?",
    ),
    "long": (
        (
            "Selamat siang dengan Yanti dari pusat layanan pelanggan, mohon maaf sekali tadi menunggu agak lama karena "
            "hari ini banyak sekali yang menelepon, sebelum saya bantu boleh saya minta nama lengkap, nomor pelanggan, "
            "dan alamat rumah Bapak atau Ibu, supaya bisa saya cocokkan dulu dengan data yang ada pada kami."
        ),
    ),
    "word": ("Halo?", "Ya?", "Selamat siang.", "Halo halo?", "Iya, halo."),
    "colleague": (
        "Eh tolong berkasnya ditaruh di meja saya saja.",
        "Sebentar ya, ada telepon masuk.",
        "Nanti siang kita makan di mana?",
    ),
    "agent_like": (
        "Selamat datang, dengan Rina, ada yang bisa dibantu?",
        "Halo, saya Budi, asisten Anda hari ini. Silakan menunggu sebentar.",
        "Selamat siang, saya Sinta. Sambil menunggu, siapkan nomor pelanggan Anda.",
    ),
    "wrong": (
        "Nomor yang Anda tuju tidak terdaftar. Silakan periksa kembali nomor tujuan Anda.",
        "Selamat datang di hotel kami. Untuk memesan kamar tekan tiga, untuk restoran tekan empat.",
        "Sisa pulsa Anda tidak mencukupi untuk melakukan panggilan ini. Silakan mengisi ulang.",
    ),
    "voicemail": ("Petugas kami belum dapat menjawab. Silakan tinggalkan pesan setelah nada berikut.",),
    "callback": ("Bila tidak ingin menunggu, tekan satu, dan kami akan menelepon Anda kembali.",),
    "recorded": ("Percakapan ini dapat direkam untuk meningkatkan mutu layanan.",),
}

ENGLISH = {
    "greeting": (
        "Welcome to customer care. For information press one. To speak with an agent, press nine.",
        "Thank you for calling the service centre. Press one for billing, two for faults, nine for an agent.",
    ),
    "menu": ("Press one for products, two for complaints, or nine to speak to one of our staff.",),
    "transfer": ("Please hold the line while we connect you.", "One moment, your call is being transferred."),
    "queue": (
        "All our agents are busy at the moment. Please stay on the line.",
        "Your call is important to us. The next free agent will be with you shortly.",
        "You are number three in the queue. The estimated waiting time is two minutes.",
    ),
    "closed": ("Sorry, our office is closed now. Please call again between eight and five on a working day.",),
    "full": ("Sorry, the queue is full at the moment. Please try again in some minutes.",),
    "agent_greeting": (
        "Good afternoon, this is Rina, how can I help you?",
        "Customer care, Robert speaking. Who am I talking to?",
    ),
    "agent": (
        "Hello, good evening, Anthony here, what can I do for you?",
        "Hi there, sorry for the wait. May I have your customer number, please?",
        "Right, thanks for holding. Let me look that up for you.",
    ),
    "long": (
        (
            "Good afternoon, you are speaking with Janet from the customer care centre, I am so sorry that you had to "
            "wait, we have had a great many calls today, so before I start may I ask for your full name, your customer "
            "number and your home address, so that I can check them against what we have on file."
        ),
    ),
    "word": ("Hello?", "Yes?", "Good morning.", "Hello hello?"),
    "colleague": ("Could you put that file on my desk.", "Wait, there is a call.", "Where shall we have lunch today?"),
    "agent_like": (
        "Welcome, this is Rina, how may I help you?",
        "Hello, I am Robert, your assistant today. Please wait a moment.",
    ),
    "wrong": (
        "The number you have dialled is not in service. Please check the number and dial again.",
        "Welcome to the grand hotel. To book a room press three, for the restaurant press four.",
    ),
    "voicemail": ("Nobody can take your call now. Please leave a message after the tone.",),
    "callback": ("If you do not wish to wait, press one and we will call you back.",),
    "recorded": ("This conversation may be recorded to improve our service.",),
}

OF_PEOPLE = {
    "greeting": (
        "basic-pbx-ivr-main",
        "demo-congrats",
        "demo-abouttotry",
        "vm-options",
        "conf-usermenu",
        "demo-echotest",
    ),
    "menu": ("demo-moreinfo", "vm-instructions", "conf-adminmenu", "screen-callee-options"),
    "transfer": ("pls-wait-connect-call", "pls-hold-while-try", "transfer", "followme/pls-hold-while-try"),
    "queue": ("queue-periodic-announce", "queue-thankyou", "queue-youarenext", "queue-quantity1", "queue-minutes"),
    "closed": ("ss-noservice", "cannot-complete-as-dialed", "im-sorry", "demo-nomatch"),
    "full": ("all-circuits-busy-now", "conf-full", "vm-mailboxfull", "demo-nogo"),
    "voicemail": ("vm-intro", "vm-isunavail", "vm-record-prepend"),
}
"""The parts that some of Asterisk's recordings play by what they say; any other part is played by length alone."""

LENGTHS = {
    "greeting": (5.0, 30.0),
    "menu": (4.0, 14.0),
    "transfer": (1.6, 5.0),
    "queue": (2.4, 8.0),
    "closed": (3.0, 9.0),
    "full": (2.5, 9.0),
    "agent_greeting": (2.6, 6.0),
    "agent": (1.5, 5.0),
    "long": (8.0, 20.0),
    "word": (0.4, 1.1),
    "colleague": (1.2, 3.0),
    "agent_like": (2.2, 5.0),
    "wrong": (5.0, 12.0),
    "voicemail": (2.5, 8.0),
    "callback": (3.0, 7.0),
    "recorded": (2.0, 4.0),
}
"""Seconds from, to of the recordings by people that may play a part."""
