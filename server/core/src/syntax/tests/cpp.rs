use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn classes_templates_and_qualified_names() {
    check(
        Language::Cpp,
        r#"
#include <vector>
#define CHECK(x) check(x)
namespace outer::inner {
template <typename T>
class Store final : public Base<T>, private detail::Mixin {
public:
    explicit Store(int size);
    Store(const Store&) = delete;
    ~Store() override { clear(); }
    template <typename U> U get(const Key& key) const { return static_cast<U>(items.at(key)); }
    T& operator[](int index);
    operator bool() const { return true; }
    static Store* make();
    virtual const std::string& name() const = 0;
    friend bool operator==(const Store& a, const Store& b);
    std::vector<T> items;
    enum class Mode : int { A, B };
    using Value = T;
};
}
template <typename T>
outer::inner::Store<T>::Store(int size) : items(size) {}
void Widget::draw(Canvas* canvas) { canvas->line<int>(1, 2); std::make_unique<Pen>(); new Brush(3); Widget::helper(); }
Widget::Widget() = default;
Widget::~Widget() {}
std::ostream& operator<<(std::ostream& out, const Widget& w) { return out; }
auto arrow(int x) -> int { auto f = [&](int y) { return helper(y); }; return f(x); }
constexpr int LIMIT = 3;
template <class T> concept Small = sizeof(T) < 4;
struct Point { int x{}; void move(); };
typedef struct { int a; } Plain;
TEST_F(StoreTest, KeepsItems) { EXPECT_EQ(1, one()); }
using std::swap;
extern "C" int exported(void);
"#,
        &expect![[r#"
            macro CHECK 3-3
            module inner 4-21
            class Store 5-20 in inner
            constructor Store 8-8 in Store
            constructor Store 9-9 in Store
            method ~Store 10-10 in Store
            method get 11-11 in Store
            method operator[] 12-12 in Store
            method operator 13-13 in Store
            method make 14-14 in Store
            method name 15-15 in Store
            method operator== 16-16 in Store
            enum Mode 18-18 in Store
            type Value 19-19 in Store
            constructor Store 22-23
            method draw 24-24
            constructor Widget 25-25
            method ~Widget 26-26
            function operator<< 27-27
            function arrow 28-28
            variable LIMIT 29-29
            type Small 30-30
            struct Point 31-31
            method move 31-31 in Point
            struct Plain 32-32
            function KeepsItems 33-33
            function exported 35-35
            refers to: T Base T Mixin Store clear U Key static_cast U at T Store string Store vector T Store T Canvas line make_unique Pen Brush helper ostream Widget helper f T StoreTest EXPECT_EQ one swap
        "#]],
    );
}

#[test]
fn macros_that_the_grammar_does_not_know() {
    check(
        Language::Cpp,
        r"
class GRAPHICS_API Texture : public Resource {
public:
    explicit Texture(int size);
    bool load(const Path& path);
};
struct API(1) Small final { int x; };
enum class API Mode { A };
struct FIXED value;
G_BEGIN_DECLS
void first(int a);
G_END_DECLS
",
        &expect![[r#"
            class Texture 2-6
            constructor Texture 4-4 in Texture
            method load 5-5 in Texture
            struct Small 7-7
            enum Mode 8-8
            function first 11-11
            refers to: Resource Path FIXED
        "#]],
    );
}
