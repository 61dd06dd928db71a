use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn functions_tables_and_methods() {
    check(
        Language::Lua,
        r#"
local lib = require("lib")
local M = {}
M.defaults = { size = 3 }
local function helper(x) local inner = {} return x end
function M.open(path) return lib.read(path) end
function M.Store:add(item) self.items:push(helper(item), "text") end
M.close = function(file) file:close() end
local later = function() end
return setmetatable({ run = function(self) M.open[[x]] end }, M)
"#,
        &expect![[r#"
            variable M 3-3
            variable defaults 4-4
            function helper 5-5
            function open 6-6
            method add 7-7
            function close 8-8
            function later 9-9
            function run 10-10
            refers to: require read push helper close setmetatable open
        "#]],
    );
}
