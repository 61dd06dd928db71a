use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::PowerShell,
        r#"
# doc
<# block #>
function Get-Cart { param([string]$Name) Write-Host "x"; Get-Item -Path $Name; $o.Method(1); [Foo]::Bar() }
filter Even { $_ }
class Cart : Base { [int] $Size
  Cart([int]$n) { $this.Size = $n }
  [void] Add([Item]$i) { Foo $i } }
enum Color { Red; Green }
$limit = 10
configuration Web { Node x { } }
"#,
        &expect![[r#"
            function Get-Cart 4-4
            function Even 5-5
            class Cart 6-8
            method Cart 7-7 in Cart
            method Add 8-8 in Cart
            enum Color 9-9
            refers to: string Get-Item Method Foo Bar int void Item Foo configuration Node
        "#]],
    );
}

#[test]
fn function_with_parameters() {
    check(
        Language::PowerShell,
        r#"
function Get-Cart {
  param(
    [string]$Name
  )
  Write-Host "x"
  begin { }
}
$x = 1
"#,
        &expect![[r#"
            function Get-Cart 2-8
            refers to: string Write-Host begin
        "#]],
    );
}
