import time

from django.tasks import task


@task()
def sleep() -> None:
    time.sleep(10)
