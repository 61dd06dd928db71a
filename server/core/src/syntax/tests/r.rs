use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::R,
        r#"
# doc
library(dplyr)
add <- function(x, y = 1) {
  inner <- function(z) z
  total(x) + dplyr::filter(x, "a")
}
total = function(x) x
limit <- 10
obj$method <- function() 1
setClass("Cart", representation(items = "list"))
setGeneric("size", function(x) standardGeneric("size"))
setMethod("size", "Cart", function(x) 1)
Cart <- R6Class("Cart", public = list(add = function(x) x))
f2 <<- \(x) x
"#,
        &expect![[r#"
            function add 4-7
            function inner 5-5 in add
            function total 8-8
            variable limit 9-9
            function method 10-10
            class Cart 11-11
            function size 12-12
            method size 13-13
            class Cart 14-14
            method add 14-14 in Cart
            function f2 15-15
            refers to: library total filter setClass representation setGeneric standardGeneric setMethod R6Class list
        "#]],
    );
}
