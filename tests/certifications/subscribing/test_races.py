"""Two at once: workers that mail one post, and a code that is typed in two windows."""

from collections import Counter

from certifications.models import Announcement, SentAnnouncement, Subscription
from certifications.models.subscriptions import Rhythm
from certifications.subscribing import flows, tasks
from certifications.updates import flows as updates
from tests import cast
from tests.certifications.subscribing.scene import subscriber
from tests.certifications.updates import sample
from tests.races import at_once, rounds
from tests.signin import mailed_code
from trustcenter.accounts.mail_limits import Counted
from trustcenter.work.models import Mail


def test_each_subscriber_is_told_once_and_a_code_works_once(racing):
    edda = cast.edda()
    for number in range(rounds(4)):
        address = f"reader{number}@example.com"
        asked = flows.ask(Counted(address), ["security"], Rhythm.AT_ONCE)
        code = mailed_code(address)
        done, errors = at_once([lambda a=asked, c=code: flows.confirm(a.pk, c)] * 3)
        assert done == 1 and all("cannot be used" in str(error) for error in errors), errors
    for one in ("a@example.com", "b@example.com"):
        subscriber(one, "security")
    Mail.objects.all().delete()
    made = sample.draft(edda, category="security")
    updates.publish(made, saw=updates.seen(made), by=edda, tell=True)
    announced = Announcement.objects.get()
    leaving = Subscription.objects.get(address="b@example.com")
    steps = [lambda: tasks.mail_update.call(announced.pk)] * 3 + [lambda: flows.end(leaving.token)]
    done, errors = at_once(steps)
    assert done == 4, errors
    told = Counter(Mail.objects.values_list("to", flat=True))
    assert set(told.values()) == {1} and told.keys() >= {"a@example.com", "reader0@example.com"}
    assert SentAnnouncement.objects.count() == Subscription.objects.count()
