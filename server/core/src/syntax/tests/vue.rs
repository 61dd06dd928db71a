use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Vue,
        r#"
<template>
  <div id="app"><my-button @click="go">{{ label }}</my-button></div>
</template>
<script setup lang="ts">
interface Props { label: string }
function go(): void { emit("go"); }
</script>
<style scoped lang="scss">
.a { color: red; }
</style>
"#,
        &expect![[r#"
            section template 2-4
            section app 3-3 in template
            interface Props 6-6
            function go 7-7
            section .a 10-10
            refers to: my-button emit
        "#]],
    );
}
