"""What part a school has in an event: its own pupils, and nothing else of it.

Operation Encompass tells a school of the child who is to be met in the morning. A brother at another
school is for that school to hear of: his name, and that he was there, are no business of this one.
So an event names a school only through a child, and shows it no child but those.
"""

from collections.abc import Collection, Mapping

from hub.disclose.names import Words, name_of
from hub.model.event import Body, Value

CHILDREN = "children"


def pupils(body: Body, names: Collection[Words], *, is_meant: bool) -> list[Value]:
    """Give the children of an event whose school is called one of these, once noise is gone.

    `is_meant`: the event names this school as having a part in it, and no other. Then an only child
    of whom no school is written down is its pupil, since nobody else can be meant. Of two such
    children either may be, so neither is.
    """
    found = body.get(CHILDREN)
    children = found if isinstance(found, list) else []
    if is_meant and len(children) == 1 and not _school(children[0]):
        return children
    return [each for each in children if _school(each) in names]


def _school(child: Value) -> Words:
    text = child.get("school") if isinstance(child, Mapping) else None
    return name_of(text) if isinstance(text, str) else ()
