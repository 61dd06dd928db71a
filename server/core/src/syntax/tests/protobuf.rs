use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Protobuf,
        r#"
syntax = "proto3";
package shop.v1;
import "google/x.proto";
// doc
message Cart {
  message Line { int32 n = 1; }
  repeated Item items = 1;
  map<string, Price> prices = 2;
  oneof kind { string a = 3; Foo b = 4; }
  enum State { NONE = 0; }
}
enum Color { RED = 0; }
service Shop { rpc Add(Item) returns (stream shop.v1.Cart); rpc Get(Item) returns (Cart) { option a = 1; } }
extend Foo { int32 x = 1; }
"#,
        &expect![[r#"
            struct Cart 6-12
            struct Line 7-7 in Cart
            enum State 11-11 in Cart
            enum Color 13-13
            interface Shop 14-14
            method Add 14-14 in Shop
            method Get 14-14 in Shop
            impl Foo 15-15
            refers to: Item Price Foo Item Cart Item Cart
        "#]],
    );
}
