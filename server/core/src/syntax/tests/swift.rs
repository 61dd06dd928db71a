use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn types_extensions_and_members() {
    check(
        Language::Swift,
        r#"
import Foundation.NSString
@available(macOS 10, *)
public final class Store<T: Hashable>: Base, Named {
    private let items: [String: Item] = [:]
    public var count: Int { return items.count }
    static let shared = Store()
    init?(size: Int = 3) throws { super.init() }
    deinit { close() }
    subscript(key: String) -> Item? { items[key] }
    @discardableResult
    public func find<R>(_ key: String, in other: Other) async throws -> R where R: Codable {
        let local = try await other.load(key).map { $0.name }
        func inner() {}
        return "found \(local.count())" as! R
    }
    static func == (a: Store, b: Store) -> Bool { true }
    enum Mode { case on, off; var next: Mode { .off } }
}
struct Point { var x = 0 }
extension Array.Index where Element == Int { func total() -> Int { reduce(0, +) } }
protocol Named: AnyObject { associatedtype Value; var name: String { get }; func describe() -> String; init(name: String) }
actor Counter { func add() {} }
typealias Handler = (Event) -> Void
let top = Point(x: 1)
func free() { let p = [Point]() }
@freestanding(expression) macro stringify<V>(_ value: V) -> (V, String) = #externalMacro(module: "M", type: "S")
"#,
        &expect![[r#"
            class Store 3-19
            field items 5-5 in Store
            field count 6-6 in Store
            field shared 7-7 in Store
            constructor init 8-8 in Store
            method deinit 9-9 in Store
            method subscript 10-10 in Store
            method find 11-16 in Store
            function inner 14-14 in find
            method == 17-17 in Store
            enum Mode 18-18 in Store
            field next 18-18 in Mode
            struct Point 20-20
            field x 20-20 in Point
            impl Index 21-21
            method total 21-21 in Index
            interface Named 22-22
            type Value 22-22 in Named
            field name 22-22 in Named
            method describe 22-22 in Named
            constructor init 22-22 in Named
            class Counter 23-23
            method add 23-23 in Counter
            type Handler 24-24
            variable top 25-25
            function free 26-26
            macro stringify 27-27
            refers to: NSString available T Hashable Base Named String Item Int Store Int init close String Item items discardableResult R String Other R Codable load map count R Store Bool Mode Array Int reduce AnyObject String Event Void Point freestanding V String
        "#]],
    );
}
