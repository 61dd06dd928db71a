use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Erlang,
        r#"
%% doc
-module(cart).
-export([add/2]).
-include("cart.hrl").
-record(item, {name :: string(), price = 0}).
-define(LIMIT, 10).
-define(MAX(A,B), A + B).
-type price() :: integer().
-opaque t() :: term().
-callback init(A :: term()) -> ok.
-spec add(list(), price()) -> list().
add([], X) -> [X];
add(L, X) when is_list(L) ->
    lists:append(L, [helper(X)]), ?LIMIT, #item{name = "x"}.
helper(X) -> X.
"#,
        &expect![[r#"
            module cart 3-3
            struct item 6-6
            macro LIMIT 7-7
            macro MAX 8-8
            type price 9-9
            type t 10-10
            function init 11-11
            function add 12-15
            function helper 16-16
            refers to: string integer term list price list is_list append helper LIMIT item
        "#]],
    );
}
