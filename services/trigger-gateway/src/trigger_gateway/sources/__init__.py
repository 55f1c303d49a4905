"""The kinds of sources that the door knows: one file each, and one line here."""

from trigger_gateway.sources import app, form, mailbox, mailgun, stripe, telegram, twilio_sms, twilio_voice, webhook
from trigger_gateway.sources.source_kind import SourceKind

SOURCES: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        form.SOURCE,
        app.SOURCE,
        stripe.SOURCE,
        telegram.SOURCE,
        twilio_voice.SOURCE,
        twilio_sms.SOURCE,
        webhook.SOURCE,
        mailgun.SOURCE,
        mailbox.SOURCE,
    )
}
