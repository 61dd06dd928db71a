use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::GraphQl,
        r#"
# doc
"""desc"""
type Cart implements Node @key(fields: "id") { id: ID! items(first: Int): [Item!]! }
input AddInput { id: ID }
enum Color { RED }
interface Node { id: ID! }
union U = A | B
scalar Date
directive @key(fields: String) on OBJECT
query GetCart($id: ID!) { cart(id: $id) { ...Fields } }
mutation Add { add }
fragment Fields on Cart { id }
extend type Cart { x: Int }
schema { query: Query }
"#,
        &expect![[r#"
            type Cart 3-4
            struct AddInput 5-5
            enum Color 6-6
            interface Node 7-7
            type U 8-8
            type Date 9-9
            macro key 10-10
            function GetCart 11-11
            function Add 12-12
            type Fields 13-13
            impl Cart 14-14
            refers to: Node key ID Int Item ID A B String ID Fields Cart Int Query
        "#]],
    );
}
