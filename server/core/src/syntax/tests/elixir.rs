use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Elixir,
        r#"
defmodule Shop.Cart do
  @moduledoc """
  A cart.
  """
  use GenServer
  alias Shop.{Item, Price}
  @limit 10
  defstruct items: []
  @type t :: %__MODULE__{}
  @doc "Adds"
  def add(%Cart{} = cart, item) when is_map(item) do
    Enum.map(cart.items, fn x -> total(x) end)
  end
  defp total(x), do: x.price
  def size, do: 1
  defmacro log(msg), do: quote(do: IO.puts(unquote(msg)))
  defguard is_ok(x) when x == 1
  defdelegate foo(a), to: Bar
  def a <> b, do: a
end
defprotocol Size do
  def size(data)
end
defimpl Size, for: BitString do
  def size(s), do: byte_size(s)
end
test "adds items", %{a: 1} do
  assert Cart.add(1) == 2
end
describe "x" do
end
"#,
        &expect![[r#"
            module Shop.Cart 2-21
            constant limit 8-8 in Shop.Cart
            type t 10-10 in Shop.Cart
            function add 11-14 in Shop.Cart
            function total 15-15 in Shop.Cart
            function size 16-16 in Shop.Cart
            macro log 17-17 in Shop.Cart
            function is_ok 18-18 in Shop.Cart
            function foo 19-19 in Shop.Cart
            function <> 20-20 in Shop.Cart
            interface Size 22-24
            method size 23-23 in Size
            impl BitString 25-27
            method size 26-26 in BitString
            function adds items 28-30
            section x 31-32
            refers to: GenServer Shop Item Price Cart is_map Enum map items total price IO puts Bar Size byte_size assert Cart add
        "#]],
    );
}
