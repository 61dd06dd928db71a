use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Julia,
        r#"
# doc
module Shop
using LinearAlgebra
import Base: show, +
"""
doc
"""
struct Item <: Thing
    name::String
end
mutable struct Cart{T} items::Vector{T} end
abstract type Shape end
primitive type B 8 end
const LIMIT = 10
function add(c::Cart, x::Item)
    push!(c.items, total(x)); Base.show(c)
end
total(x) = x.price
function Base.size(c::Cart)::Int 1 end
area(s::T) where {T<:Shape} = 1
macro log(x) :(x) end
@log "a"
f = x -> x
Base.length(x) = 1
function g end
function h(x::T) where T; x; end
end
"#,
        &expect![[r#"
            module Shop 3-28
            struct Item 6-11 in Shop
            struct Cart 12-12 in Shop
            type Shape 13-13 in Shop
            type B 14-14 in Shop
            constant LIMIT 15-15 in Shop
            function add 16-18 in Shop
            function total 19-19 in Shop
            function size 20-20 in Shop
            function area 21-21 in Shop
            macro log 22-22 in Shop
            function f 24-24 in Shop
            function length 25-25 in Shop
            function g 26-26 in Shop
            function h 27-27 in Shop
            refers to: LinearAlgebra Base String Vector Cart Item push! total show Cart Int T log T
        "#]],
    );
}
