use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn members_annotations_and_records() {
    check(
        Language::Java,
        r#"
package a.b;
import java.util.List;
import static a.b.C.make;
@Entity
@Table(name = "users")
public class User<T extends Base> extends Person implements Named, Comparable<User> {
    private static final int LIMIT = 3;
    private final List<String> names = new ArrayList<>();
    public User(int id) { this(id, null); }
    @Override
    public <R> R name(Function<T, R> f) throws IOException {
        Runnable r = () -> run(names.stream().map(String::trim));
        return new a.b.Inner(f) { void anonymous() {} };
    }
    enum Color { RED, GREEN; Color next() { return RED; } }
    record Point(int x, int y) { Point { check(x); } }
    interface Shape { int SIDES = 4; double area(); }
    @interface Marker { String value() default ""; }
}
"#,
        &expect![[r#"
            class User 5-20
            constant LIMIT 8-8 in User
            field names 9-9 in User
            constructor User 10-10 in User
            method name 11-15 in User
            method anonymous 14-14 in name
            enum Color 16-16 in User
            method next 16-16 in Color
            struct Point 17-17 in User
            constructor Point 17-17 in Point
            interface Shape 18-18 in User
            constant SIDES 18-18 in Shape
            method area 18-18 in Shape
            interface Marker 19-19 in User
            method value 19-19 in Marker
            refers to: List make Entity Table T Base Person Named Comparable User List String ArrayList Override R Function T R IOException Runnable run stream map trim a b Inner Color check String
        "#]],
    );
}
