"""How a form looks: its two colours, and whatever stands on them readable."""

from contracts.forms import Form

# Up to this part of full light the scale is straight (WCAG 2).
STRAIGHT = 0.04045
DARK, LIGHT = "#000000", "#ffffff"
STYLE = (
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:36rem;margin:0 auto;padding:1rem}h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:0}"
    "form>div{margin:0 0 1rem}label{display:block;font-weight:600}small{font-weight:400}"
    "input,select,textarea{width:100%;font:inherit;padding:.55rem .6rem;border:1px solid #6b7280;border-radius:.35rem;"
    "background:#fff;color:#111}[aria-invalid]{border:2px solid #b00020}"
    ".tick{display:grid;grid-template-columns:1.5rem 1fr;gap:0 .5rem}.tick input{width:1.25rem;height:1.25rem;"
    "margin:.15rem 0}"
    ".tick label{font-weight:400}.tick p{grid-column:2}.help,.mend{margin:.1rem 0 .3rem;font-size:.9rem}"
    ".mend{color:#b00020;background:#fff;padding:0 .3rem;font-weight:600}"
    ".wrong{border:2px solid #b00020;background:#fff;color:#111;border-radius:.35rem;padding:.75rem 1rem;"
    "margin:0 0 1rem}"
    ".wrong a{color:#b00020}button{font:inherit;font-weight:600;padding:.65rem 1.4rem;border:2px solid var(--on-main);"
    "border-radius:.35rem;background:var(--main);color:var(--on-main);cursor:pointer}"
    ":focus-visible{outline:3px solid var(--ink);outline-offset:2px}"
    ".away{position:absolute;left:-100vw;height:1px;overflow:hidden}"
)


def colours(form: Form) -> str:
    """Give the colours of a form, each with the text colour that can be read on it."""
    main, paper = form.colour, form.background
    return f":root{{--main:{main};--on-main:{readable_on(main)};--paper:{paper};--ink:{readable_on(paper)}}}"


def readable_on(colour: str) -> str:
    """Give dark or light, whichever stands out more."""
    return DARK if contrast(colour, DARK) >= contrast(colour, LIGHT) else LIGHT


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours as WCAG 2 counts it, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Give the relative luminance of `#rrggbb` as WCAG 2 counts it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= STRAIGHT else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
