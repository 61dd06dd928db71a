use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Html,
        r#"
<!DOCTYPE html>
<html>
<head>
<style>
.card { color: red; }
</style>
<script type="application/json">{"a": 1}</script>
<script>
function hello(name) { return greet(name); }
</script>
</head>
<body>
<!-- main -->
<div class="x" id="main"><p id=intro>Hi</p><img id='logo' src="a.png"/>
<style>.inner { color: red; }</style></div>
</body>
</html>
"#,
        &expect![[r#"
            section .card 6-6
            function hello 10-10
            section main 15-16
            section intro 15-15 in main
            section logo 15-15 in main
            section .inner 16-16 in main
            refers to: greet
        "#]],
    );
}
