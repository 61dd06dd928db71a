use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn classes_objects_and_values() {
    check(
        Language::Scala,
        r#"
package a.b
import a.c.{Helper, Other}
import x.y.Single
@deprecated("old", "1")
case class User[T <: Base](id: Int, name: String = "x") extends Person(id) with Named {
  private val items: List[Item] = List.empty[Item]
  var size = 0
  def this(id: Int) = this(id, "x")
  override def find[R](query: Query)(implicit ec: Context): Future[R] = {
    val local = Helper.load(query).map(_.name)
    def inner = 1
    local mapTo new Result(s"found ${count(local)}")
  }
}
object User { def apply(): User = new User(1); type Id = Int }
trait Named { def name: String; val label: String }
enum Color { case Red, Green }
given ordering: Ordering[User] with { def compare(a: User, b: User) = 0 }
extension (s: String) def shout: String = s.toUpperCase()
package object util { def helper = 1 }
"#,
        &expect![[r#"
            class User 5-15
            field items 7-7 in User
            field size 8-8 in User
            constructor this 9-9 in User
            method find 10-14 in User
            function inner 12-12 in find
            class User 16-16
            method apply 16-16 in User
            type Id 16-16 in User
            trait Named 17-17
            method name 17-17 in Named
            field label 17-17 in Named
            enum Color 18-18
            impl ordering 19-19
            method compare 19-19 in ordering
            function shout 20-20
            module util 21-21
            function helper 21-21 in util
            refers to: c Helper Other Single deprecated Base Int String Person Named List Item empty Item Int this Query Context Future R load map mapTo Result count User Int String Ordering User String toUpperCase
        "#]],
    );
}
