use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Dart,
        r#"
import 'dart:io';
/// doc
@immutable
class Cart extends Base<Item> with Mix implements Size {
  final List<Item> items;
  static const int limit = 10;
  Cart(this.items);
  Cart.empty() : items = [];
  factory Cart.of(Item i) => Cart([i]);
  @override
  void add(Item item) { items.add(item); total(item); }
  int get size => items.length;
  set size(int v) { }
  Cart operator +(Cart o) => o;
}
mixin Mix on Base { void go() {} }
extension StringX on String { int get n => 1; }
enum Color { red, green; int f() => 1; }
typedef Cb = void Function(int);
int total(Item i) => i.price;
void main() { var c = Cart([]); c.add(Item(1)); new Foo(); print("x"); }
const limit = 3;
abstract class A { void f(); }
"#,
        &expect![[r#"
            class Cart 4-16
            constructor Cart 8-8 in Cart
            constructor empty 9-9 in Cart
            constructor of 10-10 in Cart
            method add 11-12 in Cart
            method size 13-13 in Cart
            method size 14-14 in Cart
            method + 15-15 in Cart
            trait Mix 17-17
            method go 17-17 in Mix
            impl StringX 18-18
            method n 18-18 in StringX
            enum Color 19-19
            method f 19-19 in Color
            type Cb 20-20
            function total 21-21
            function main 22-22
            constant limit 23-23
            class A 24-24
            method f 24-24 in A
            refers to: Base Item Mix Size List Item int Item Cart Item add total int Cart Base String int Item Cart add Item Foo print
        "#]],
    );
}
