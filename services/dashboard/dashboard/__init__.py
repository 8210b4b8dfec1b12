"""The pages for the PIC and the managers.

hears  nothing        says  asks, and its beat        keeps  nothing: what it shows it asks for, every time
"""
