use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn classes_functions_and_names() {
    check(
        Language::Php,
        r#"<?php
namespace App\Models;
use App\Base\Model;
use function strlen;
const VERSION = '1';
#[Entity(name: 'users')]
final class User extends Model implements Named, \Countable
{
    use SoftDeletes;
    public const A = 1, B = 2;
    #[Column]
    private ?string $name = null;
    public function __construct(private readonly Repository $repository) { parent::__construct(); }
    #[Test]
    public static function create(string $name): self
    {
        $f = fn (Item $x) => strtolower("$name {$x->label()}");
        return new static(Factory::make(\App\helper($name)), Color::Red);
    }
    abstract protected function load(): ?array;
}
interface Named { public function name(): string; }
trait SoftDeletes { public function trash(): void {} }
enum Color: string { case Red = 'r'; public function label(): string { return 'x'; } }
function helper(int|Key $x) { return new Store(); }
"#,
        &expect![[r#"
            constant VERSION 5-5
            class User 6-21
            constant A 10-10 in User
            constant B 10-10 in User
            field name 11-12 in User
            constructor __construct 13-13 in User
            method create 14-19 in User
            method load 20-20 in User
            interface Named 22-22
            method name 22-22 in Named
            trait SoftDeletes 23-23
            method trash 23-23 in SoftDeletes
            enum Color 24-24
            method label 24-24 in Color
            function helper 25-25
            refers to: Model strlen Entity Model Named Countable SoftDeletes Column Repository __construct Test Item strtolower label Factory make helper Color Key Store
        "#]],
    );
}
