use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::OCaml,
        r#"
(* doc *)
open Printf
type item = { name : string; price : int }
type shape = Circle of float | Square
module Cart = struct
  let limit = 10
  let rec add x xs = List.map (fun y -> total y) xs
  and total y = y.price
  let f = fun x -> x
end
module type S = sig val size : int -> int end
module F (X : S) = struct let y = X.size 1 end
exception Empty of string
class point x = object method get = x end
external foo : int -> int = "foo"
let () = print_endline "hi"
let (+.) a b = a
"#,
        &expect![[r#"
            struct item 4-4
            enum shape 5-5
            module Cart 6-11
            constant limit 7-7 in Cart
            function add 8-8 in Cart
            function total 9-9 in Cart
            function f 10-10 in Cart
            interface S 12-12
            method size 12-12 in S
            module F 13-13
            constant y 13-13 in F
            type Empty 14-14
            class point 15-15
            method get 15-15 in point
            function foo 16-16
            function +. 18-18
            refers to: Printf string int float map total int S size string int print_endline
        "#]],
    );
}

#[test]
fn interface() {
    check(
        Language::OCamlInterface,
        r#"
type t
val add : int -> t -> t
module M : sig val x : int end
exception E
module type S = sig type t end
external f : int -> int = "f"
class c : object method x : int end
"#,
        &expect![[r#"
            type t 2-2
            function add 3-3
            module M 4-4
            constant x 4-4 in M
            type E 5-5
            interface S 6-6
            type t 6-6 in S
            function f 7-7
            class c 8-8
            method x 8-8 in c
            refers to: int t int
        "#]],
    );
}
