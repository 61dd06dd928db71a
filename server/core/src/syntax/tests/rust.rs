use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn items_methods_and_calls() {
    check(
        Language::Rust,
        r#"
/// A store.
#[derive(Debug)]
pub struct Store<T> { items: Vec<T> }

impl<T: Clone> Store<T> {
    /// Adds.
    pub fn add(&mut self, item: T) -> usize {
        self.items.push(item.clone());
        log!("added {}", name());
        Self::count(self)
    }
}

trait Shape { fn area(&self) -> f64; }
mod inner { pub const LIMIT: usize = 3; }
mod other;
macro_rules! log { () => {} }
"#,
        &expect![[r#"
            struct Store 3-4
            impl Store 6-13
            method add 8-12 in Store
            trait Shape 15-15
            method area 15-15 in Shape
            module inner 16-16
            constant LIMIT 16-16 in inner
            macro log 18-18
            refers to: T Vec T Clone T push clone log count
        "#]],
    );
}
