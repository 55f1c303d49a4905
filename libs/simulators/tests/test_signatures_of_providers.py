import string

import stripe
from hypothesis import given
from hypothesis import strategies as st
from simulators.status_callbacks import callback_form
from simulators.status_callbacks import sign as sign_callback
from simulators.stripe import sign as sign_event
from simulators.twilio import Sms
from twilio.request_validator import RequestValidator

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SMS = Sms(
    sid="SM1",
    account_sid="AC1",
    to="+79161234567",
    sender=None,
    messaging_service_sid="MG1",
    body="Hello",
    num_segments=1,
    status_callback="https://us.example/status?effect=e1",
)


@given(form=st.dictionaries(st.text(string.ascii_letters, min_size=1), TEXT), query=TEXT)
def test_a_callback_is_signed_as_the_vendor_computes_it(form: dict[str, str], query: str) -> None:
    url = f"https://us.example/status?effect={query}"
    assert sign_callback(url, form, "token") == RequestValidator("token").compute_signature(url, form)


@given(body=TEXT, timestamp=st.integers(0, 2**33), secret=TEXT)
def test_an_event_is_signed_as_the_vendor_computes_it(body: str, timestamp: int, secret: str) -> None:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp)
    assert f"t={timestamp},v1={sign_event(body.encode(), timestamp, secret)}" == header


def test_a_callback_has_the_fields_that_twilio_sends() -> None:
    assert callback_form(SMS, "delivered", None) == {
        "ApiVersion": "2010-04-01",
        "AccountSid": "AC1",
        "MessageSid": "SM1",
        "SmsSid": "SM1",
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "To": "+79161234567",
        "From": "+15005550006",
        "MessagingServiceSid": "MG1",
    }
