use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn modules_methods_and_constants() {
    check(
        Language::Ruby,
        r#"
require "set"
module Outer
  LIMIT = 3
  # Keeps things.
  class Store::Inner < Base::Thing
    include Enumerable
    attr_reader :items
    Point = Struct.new(:x)
    def initialize(size = 0)
      super
      @items = Set.new("a #{size.to_s}")
    end
    def name=(value); @name = value; end
    def ==(other) = other.name == name
    def self.create(*args, &block)
      new(*args, &block).tap { |store| store.save! }
    end
    class << self
      def build; end
    end
    alias_method :old, :name
    alias size count
  end
end
def helper(x) = puts(<<~TEXT)
  text #{compute(x)}
TEXT
"#,
        &expect![[r#"
            module Outer 3-25
            constant LIMIT 4-4 in Outer
            class Inner 6-24 in Outer
            constant Point 9-9 in Inner
            constructor initialize 10-13 in Inner
            method name= 14-14 in Inner
            method == 15-15 in Inner
            method create 16-18 in Inner
            method build 20-20 in Inner
            method size 23-23 in Inner
            function helper 26-26
            refers to: require Store Base Thing include Enumerable attr_reader Struct new Set new to_s name new tap save! alias_method puts compute
        "#]],
    );
}
