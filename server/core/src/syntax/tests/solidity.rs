use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Solidity,
        r#"
// doc
pragma solidity ^0.8.0;
import {A} from "./a.sol";
/// d
contract Cart is Base, Own(1) {
  struct Item { uint256 price; }
  enum State { A, B }
  event Added(address indexed who, uint n);
  error Bad(uint x);
  mapping(address => Item) public items;
  uint constant LIMIT = 10;
  modifier onlyOwner() { require(msg.sender == owner, "no"); _; }
  constructor(uint x) Own(x) { }
  function add(Item memory i) public onlyOwner returns (uint) { emit Added(msg.sender, 1); total(i); lib.go(x); revert Bad(1); new Foo(); }
  receive() external payable {}
  fallback() external {}
}
interface IX { function f() external; }
library L { function g() internal {} }
function free(uint x) pure returns (uint) { return x; }
using L for uint;
type Price is uint;
uint constant TOP = 1;
"#,
        &expect![[r#"
            class Cart 6-18
            struct Item 7-7 in Cart
            enum State 8-8 in Cart
            type Added 9-9 in Cart
            type Bad 10-10 in Cart
            field items 11-11 in Cart
            constant LIMIT 12-12 in Cart
            method onlyOwner 13-13 in Cart
            constructor constructor 14-14 in Cart
            method add 15-15 in Cart
            method receive 16-16 in Cart
            method fallback 17-17 in Cart
            interface IX 19-19
            method f 19-19 in IX
            module L 20-20
            function g 20-20 in L
            function free 21-21
            type Price 23-23
            constant TOP 24-24
            refers to: A Base Own Item require Own Item onlyOwner Added total go Bad Foo L
        "#]],
    );
}
