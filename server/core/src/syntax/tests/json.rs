use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Json,
        r#"
{"name": "x", "scripts": {"build": "tsc", "deep": {"a": 1}}, "list": [{"q": 1}], "": 2}
"#,
        &expect![[r#"
            key name 2-2
            key scripts 2-2
            key build 2-2 in scripts
            key deep 2-2 in scripts
            key list 2-2
            refers to: 
        "#]],
    );
}
