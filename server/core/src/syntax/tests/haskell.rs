use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Haskell,
        r#"
{-# LANGUAGE X #-}
-- | doc
module Shop.Cart (add) where
import qualified Data.Map as M
data Item = Item { name :: String, price :: Int } | Other Int deriving (Show)
newtype Wrap a = Wrap a
type Price = Int
class Size a where
  size :: a -> Int
  size _ = 0
instance Size Item where
  size i = total i
add :: Item -> [Item] -> [Item]
add x [] = [x]
add x xs = map f (M.insert x xs)
  where f = id
limit = 10
x <+> y = x + y
type family F a where
  F Int = Bool
data G a where
  G1 :: Int -> G Int
"#,
        &expect![[r#"
            module Shop.Cart 4-4
            type Item 6-6
            type Wrap 7-7
            type Price 8-8
            trait Size 9-11
            method size 10-11 in Size
            impl Item 12-13
            method size 13-13 in Item
            function add 14-17
            constant limit 18-18
            function <+> 19-19
            type F 20-21
            type G 22-23
            refers to: Data.Map Item String Int Other Int Show Wrap Int Size total Item map insert F Int Bool G1 Int G Int
        "#]],
    );
}

#[test]
fn operators_binds_and_instances() {
    check(
        Language::Haskell,
        r#"
module M where
main :: IO ()
main = do
  print (x `plus` 1)
  mapM_ print $ go 1
(<+>) :: Int -> Int
f, g :: Int
(a, b) = (1, 2)
foreign import ccall "x" c_x :: Int -> Int
pattern P x = Just x
instance (Show a) => Show (Wrap a) where
  show = id
f x = "s"
fold' :: Int -> Int
fold' 0 = 1
fold' n = n * fold' (n - 1)
"#,
        &expect![[r#"
            module M 2-2
            function main 3-6
            function <+> 7-7
            constant f 8-8
            function c_x 10-10
            impl Wrap 12-13
            method show 13-13 in Wrap
            function f 14-14
            function fold' 15-17
            refers to: IO print plus mapM_ go Int P Just Show Int fold'
        "#]],
    );
}
