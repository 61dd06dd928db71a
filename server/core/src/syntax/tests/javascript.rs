use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn declarations_and_assigned_functions() {
    check(
        Language::JavaScript,
        r#"
import fs, { readFile } from "fs";
const path = require("path");
const alias = path.join;
export const limit = 10, other = { deep: 1 };
export default class Store extends Base {
    #items = [];
    handler = (event) => this.add(event);
    static create() { return new Store(); }
    constructor() { super(); const local = build(); }
    async *[Symbol.iterator]() { yield* this.#items; }
}
export async function load(name) {
    const inner = { a: 1 };
    const helper = async (x) => x;
    return `read ${readFile(name)}`;
}
module.exports = { meta: 1, run(context) { return context; }, stop: function () {} };
exports.write = function (file) { fs.writeFile(file); };
Store.prototype.clear = () => {};
Store.Inner = class {};
let counter;
counter = 3;
"#,
        &expect![[r#"
            variable limit 5-5
            variable other 5-5
            class Store 6-12
            method handler 8-8 in Store
            method create 9-9 in Store
            constructor constructor 10-10 in Store
            method iterator 11-11 in Store
            function load 13-17
            function helper 15-15 in load
            variable exports 18-18
            method run 18-18 in exports
            function stop 18-18 in exports
            function write 19-19
            method clear 20-20
            class Inner 21-21
            refers to: fs readFile require Base add Store build readFile writeFile
        "#]],
    );
}

#[test]
fn what_is_exported_without_a_name() {
    check(
        Language::JavaScript,
        r#"
export default async () => { start(); };
"#,
        &expect![[r#"
            function default 2-2
            refers to: start
        "#]],
    );
}

#[test]
fn overloads_types_and_decorators() {
    check(
        Language::TypeScript,
        r#"
@Entity("users")
export class User<T extends Base> implements Named, Other<T> {
    @Column({ type: "int" })
    id: number;

    @Before()
    // Runs first.
    @Log
    async find(id: number): Promise<User | undefined> { return this.repository.findOne<User>(id)!; }
    protected abstract name(): string;
    callback = async (): Promise<void> => {};
}
@Injectable()
abstract class Service {}
export interface Named { readonly name: string; greet(other: Named): void; }
export type Id = string | Key;
export enum Color { Red, Green }
declare module "library" { export function helper(): Shape; }
namespace Outer.Inner { export const shared = new Map<string, Id>(); }
export function parse(text: string): Id;
export function parse(text: any): Id { return text as Id; }
const settings = { a: 1 } as const satisfies Options;
declare function external(): void;
"#,
        &expect![[r#"
            class User 2-13
            method find 7-10 in User
            method name 11-11 in User
            method callback 12-12 in User
            class Service 14-15
            interface Named 16-16
            method greet 16-16 in Named
            type Id 17-17
            enum Color 18-18
            module library 19-19
            function helper 19-19 in library
            module Inner 20-20
            variable shared 20-20 in Inner
            function parse 21-21
            function parse 22-22
            variable settings 23-23
            function external 24-24
            refers to: Entity T Base Named Other T Column Before Log Promise User findOne User Promise Injectable Named Key Shape Map Id Options
        "#]],
    );
}

#[test]
fn components() {
    check(
        Language::Tsx,
        r#"
export const Button: React.FC<Props> = ({ label }) => <Icon.Small><span onClick={() => press(label)}/></Icon.Small>;
export default function App() { return <Button label="x" />; }
"#,
        &expect![[r#"
            function Button 2-2
            function App 3-3
            refers to: FC Props Small press Button
        "#]],
    );
}
