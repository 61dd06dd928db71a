use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn classes_objects_and_properties() {
    check(
        Language::Kotlin,
        r#"
package a.b
import a.c.Helper
@Entity
data class User<T : Base>(val id: Int, val name: String) : Person(id), Named by other {
    private val items: List<Item> = listOf()
    var size: Int
        get() = compute().size
        set(value) { val local = value }
    constructor(id: Int) : this(id, "x")
    init { val inside = 1 }
    @Test
    suspend fun <R> find(query: Query): R? where R : Any {
        val local = Helper.load(query)?.first { it.matches() }
        fun inner() = 1
        return "found ${local.count()}".let(::convert) as R
    }
    companion object {
        const val LIMIT = 3
        fun create() = User<Base>(1)
    }
}
interface Named { val name: String; fun describe(): String }
enum class Color(val code: Int) {
    RED(1);
    fun next() = RED
}
object Registry : Base() { fun add() {} }
sealed interface Shape
fun interface Action { fun run() }
fun String.shout(): String = uppercase()
val top by lazy { create() }
typealias Handler = (Event) -> Unit
@Target(AnnotationTarget.CLASS) annotation class Marker
fun `a test with spaces`() { val x = object : Named { override fun describe() = "" } }
"#,
        &expect![[r#"
            class User 4-22
            field items 6-6 in User
            field size 7-9 in User
            constructor constructor 10-10 in User
            method find 12-17 in User
            function inner 15-15 in find
            field LIMIT 19-19 in User
            method create 20-20 in User
            interface Named 23-23
            field name 23-23 in Named
            method describe 23-23 in Named
            enum Color 24-27
            method next 26-26 in Color
            function add 28-28
            refers to: Helper Entity Base Int String Person Named List Item listOf Int compute Int Test Query R Any load first matches count let convert R String Int Base
        "#]],
    );
}

/// The grammar's scanner would look for the end of the annotation forever.
#[test]
fn an_annotation_at_the_very_end() {
    check(
        Language::Kotlin,
        "class A\nval x = 1\n  @Foo(1",
        &expect![[r#"
        class A 1-1
        variable x 2-2
        refers to: 
    "#]],
    );
}
