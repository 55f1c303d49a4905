"""Which values a template names: of a DOCX in its body, headers and footers, of HTML and plain text as Liquid."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.meta import find_undeclared_variables
from liquid.exceptions import LiquidError

from automation.papers.engines import ANY, jinja, liquid
from automation.sandbox import said_of

LARGEST_TEMPLATE = 1_000_000
# A DOCX is a ZIP; unpacked it may be this large and have so many parts.
LARGEST_UNPACKED = 30_000_000
MOST_PARTS = 2_000
ZIP = b"PK\x03\x04"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class PaperUnreadable(ValueError):
    """A template cannot be read; says why."""


def is_docx(content: bytes) -> bool:
    """Say whether bytes are a DOCX by their beginning."""
    return content.startswith(ZIP)


def named_in(content: bytes) -> tuple[str, ...]:
    """Give the values that a template names (`item.title`), each once, in their order; raises `PaperUnreadable`."""
    paths = _of_docx(content) if is_docx(content) else _of_text(content)
    return tuple(sorted(set(paths)))


def check_size(content: bytes) -> None:
    """Refuse a template that is too large, packed or unpacked; raises `PaperUnreadable`."""
    limit = LARGEST_UNPACKED if is_docx(content) else LARGEST_TEMPLATE
    if len(content) > limit:
        raise PaperUnreadable(f"the template is {len(content)} bytes; it may have {limit}")
    if not is_docx(content):
        return
    try:
        with ZipFile(BytesIO(content)) as parts:
            sizes = [part.file_size for part in parts.infolist()]
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise PaperUnreadable(f"the template is no DOCX: {error}") from None
    if sum(sizes) > LARGEST_UNPACKED or len(sizes) > MOST_PARTS:
        raise PaperUnreadable(f"unpacked the template has more than {LARGEST_UNPACKED} bytes or {MOST_PARTS} parts")


def opened(content: bytes) -> DocxTemplate:
    """Open a DOCX; raises `PaperUnreadable`."""
    check_size(content)
    try:
        template = DocxTemplate(BytesIO(content))
        template.init_docx()
    except Exception as error:  # noqa: BLE001  the library raises whatever the file makes it stumble over
        raise PaperUnreadable(f"the template is no DOCX: {error!s:.200}") from None
    return template


def _of_text(content: bytes) -> Iterator[str]:
    check_size(content)
    engine = liquid(*ANY, html=True)
    try:
        parsed = engine.from_string(content.decode())
    except UnicodeDecodeError:
        raise PaperUnreadable("the template is not text in UTF-8") from None
    except LiquidError as error:
        raise PaperUnreadable(f"the template cannot be read: {said_of(error)}") from None
    if unknown := sorted(set(parsed.filter_names()) - engine.filters.keys()):
        raise PaperUnreadable(f"the template cannot be read: unknown filter {', '.join(unknown)}")
    return iter(parsed.global_variable_paths(include_partials=False))


def _of_docx(content: bytes) -> Iterator[str]:
    template = opened(content)
    parts = [template.get_xml()]
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        parts += [template.get_part_xml(part) for _, part in template.get_headers_footers(uri)]
    whole = "".join(map(template.patch_xml, parts))
    environment = jinja(*ANY)
    try:
        tree = environment.parse(whole)
        environment.compile(whole)  # finds the filters that nobody knows
    except TemplateError as error:
        raise PaperUnreadable(f"the template cannot be read: {error.message}") from None
    return _paths(tree)


def _paths(tree: nodes.Template) -> Iterator[str]:
    roots = find_undeclared_variables(tree)
    inner: set[int] = set()
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        path = _path(node)
        if path and path.partition(".")[0] in roots and id(node) not in inner:
            yield path
        # Of `item.title` the part `item` is met once more by itself.
        if path and isinstance(node, nodes.Getattr | nodes.Getitem):
            inner.add(id(node.node))


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return before and f"{before}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        before = _path(node.node)
        return before and f"{before}.{node.arg.value}"
    return ""
