# time of each command of test_new_model
import time, os
from tests.cli import test_new_model as t
run=t.Copy.run
def timed(self,*a):
    b=time.monotonic(); c=os.times()
    if a[0]=='pytest': a=(*a,'--durations=60')
    r=run(self,*a)
    e=os.times()
    print(f"{time.monotonic()-b:6.1f} wall {e.children_user-c.children_user:6.1f} cpu", ' '.join(a)[:100],flush=True)
    if a[0]=='pytest': print(r)
    return r
t.Copy.run=timed
from tests.cli.test_new_model import test_documented_model_works_on_a_filled_database
