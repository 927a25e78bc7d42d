from django.dispatch import Signal

# A person has entered the mailed code and is signed in. Arguments: request, user.
# Sent before the next page is chosen, so that a receiver can set request.session["next_after_code"].
mailbox_proven = Signal()
