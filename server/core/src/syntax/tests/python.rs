use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn classes_functions_and_constants() {
    check(
        Language::Python,
        r#"
"""Module text."""
import os.path
from typing import Optional, List as L
MAX_SIZE = 10
TYPED: Optional[int] = compute()
lower = 3
type Alias[T] = list[T]

@dataclass(frozen=True)
@registry.add
class Store(Base, mixins.Named, metaclass=Meta):
    LIMIT = 3
    def __init__(self, size: int = 0) -> None:
        LOCAL = 1
        super().__init__()
    @property
    async def items(self) -> dict[str, "Item"]:
        def inner(): pass
        try:
            return f"{self.load(1)} items"
        except errors.NotFound:
            raise

def free(a: A | B, *args: C) -> pkg.D: return lambda x: x
"#,
        &expect![[r#"
            constant MAX_SIZE 5-5
            constant TYPED 6-6
            class Store 10-23
            constant LIMIT 13-13 in Store
            constructor __init__ 14-16 in Store
            method items 17-23 in Store
            function inner 19-19 in items
            function free 25-25
            refers to: path typing Optional List Optional int compute Alias T list T dataclass add Base Named int super __init__ property dict str load NotFound A C D
        "#]],
    );
}
