use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Svelte,
        r#"
<script lang="ts">
  import Child from './Child.svelte';
  export let name: string;
  function inc() { count += 1; }
</script>
<style>
p { color: red; }
</style>
{#snippet row(item)}
  <li id="row">{item}</li>
{/snippet}
{#if name}
  <p id="hello" on:click={inc}>Hello {name}</p>
{/if}
<Child {name}/>
{@render row(1)}
<!-- c -->
"#,
        &expect![[r#"
            function inc 5-5
            section p 8-8
            function row 10-12
            section row 11-11 in row
            section hello 14-14
            refers to: Child
        "#]],
    );
}
