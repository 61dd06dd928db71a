use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Zig,
        r#"
const std = @import("std");
/// doc
pub const Cart = struct {
    items: []u8,
    pub fn add(self: *Cart, item: u8) !void { try self.items.append(item); helper(1); }
};
const Kind = enum { a, b };
const U = union(enum) { a: u8 };
fn helper(x: Item) u8 { return x; }
pub const limit: usize = 10;
test "adds" { try std.testing.expect(true); }
const Err = error{ A, B };
var count: u32 = 0;
fn List(comptime T: type) type { return struct { items: []T, fn len(self: @This()) usize { const local = 1; return local; } }; }
"#,
        &expect![[r#"
            struct Cart 4-7
            method add 6-6 in Cart
            enum Kind 8-8
            struct U 9-9
            function helper 10-10
            constant limit 11-11
            function adds 12-12
            type Err 13-13
            variable count 14-14
            function List 15-15
            function len 15-15 in List
            refers to: Cart append helper Item expect T
        "#]],
    );
}

#[test]
fn locals_and_initializers() {
    check(
        Language::Zig,
        r#"
fn f() void { const a = Cart{ .items = 1 }; const b: *const Foo = &a; const O = opaque {}; fail(error.X); x.*.y(.{}); }
test foo { }
"#,
        &expect![[r#"
            function f 2-2
            struct O 2-2 in f
            function foo 3-3
            refers to: Cart Foo fail y
        "#]],
    );
}
