"""The probe-runner calls and writes as a customer would, in every slot, and says what came of it.

Hears  due.test.>  ask.test.run  order.test.run
Says   test.passed.*  test.failed.*  test.inconclusive.*  test.missed.*  due.test.>
Keeps  the plan (KV bucket PLAN) and the evidence (object store EVIDENCE)
"""
