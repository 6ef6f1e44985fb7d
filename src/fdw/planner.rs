//! `GetForeignRelSize`, `GetForeignPaths`, `GetForeignPlan`: PostgreSQL asks, `plan` answers.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::{PgMemoryContexts, PgRelation, pg_sys};

use super::clause::{Known, Reader, Said};
use super::datum::{nodes, type_for};
use super::report::{OrReport as _, raise};
use super::{options, private, session};
use crate::catalog::{Field, Table};
use crate::error::{Error, Kind, Result};
use crate::option::Settings;
use crate::plan::{Cell, Place, Projects, Query, Scan, choose};
use crate::rows::Sizes;

/// The planner's cost of one HTTP request.
///
/// A page read sequentially costs 1 and takes some 10 microseconds; a request takes some ten
/// milliseconds and more, and there are only 50 of them in 10 seconds.
static REQUEST_COST: GucSetting<f64> = GucSetting::<f64>::new(1000.0);

/// The cost of a scan that will fail because it needs a condition: any other plan is better, even one
/// that the user disabled.
const IMPOSSIBLE: f64 = 1.0e15;

/// Defines `basecamp_fdw.request_cost`.
pub fn define_settings() {
    GucRegistry::define_float_guc(
        c"basecamp_fdw.request_cost",
        c"The planner's estimate of the cost of one HTTP request to Basecamp.",
        c"In the unit of seq_page_cost.",
        &REQUEST_COST,
        0.0,
        1.0e10,
        GucContext::Userset,
        GucFlags::default(),
    );
}

/// What the planning of one foreign table keeps between the callbacks.
struct Relation {
    options: Settings,
    table: &'static Table,
    columns: Vec<Column>,
    known: Vec<Known>,
    sizes: Sizes,
}

/// A column of the foreign table.
struct Column {
    number: i16,
    name: String,
    /// Where its value is; the error if the resource has no such column.
    place: Result<(Place, crate::value::Type)>,
}

impl Relation {
    fn open(oid: pg_sys::Oid, user: pg_sys::Oid) -> Result<Self> {
        let (server, options) = options::of_table(oid);
        // SAFETY: the planner holds a lock on the relation.
        let relation = unsafe { PgRelation::open(oid) };
        let resource = options.resource().unwrap_or_else(|| relation.name()).to_owned();
        let table = options.version().table(&resource).ok_or_else(|| no_table(&resource))?;
        let mut columns = Vec::new();
        let mut known = Vec::new();
        for attribute in relation.tuple_desc().iter().filter(|each| !each.attisdropped) {
            let name = attribute.name().to_owned();
            let path = options::of_column(oid, attribute.attnum);
            let path = path.into_iter().find(|(name, _)| name == "field").map(|(_, path)| path);
            let ours = table.column(path.as_deref().unwrap_or(&name));
            if let Some(column) = ours {
                known.push(Known {
                    number: attribute.attnum,
                    name: column.name,
                    oid: attribute.atttypid,
                    collation: attribute.attcollation,
                });
            }
            let place = match (ours, path) {
                (Some(column), _) => Ok((Place::Column(column.name.to_owned()), column.ty)),
                (None, Some(path)) => Field::parse(&path)
                    .map(|field| (Place::Path(field), type_for(attribute.atttypid)))
                    .ok_or_else(|| no_column(&path, table.name)),
                (None, None) => Err(no_column(&name, table.name)),
            };
            columns.push(Column { number: attribute.attnum, name, place });
        }
        Ok(Self { table, columns, known, sizes: session::sizes(server, user), options })
    }

    /// The query for a set of clauses; its expressions are in the result.
    unsafe fn query(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clauses: &[*mut pg_sys::Node],
    ) -> Result<(Query, Said)> {
        // SAFETY: the planner's own structures, alive during the callback.
        let (relid, wanted) = unsafe { ((*rel).relid, wanted(rel)) };
        let reader = Reader { root, relid, table: self.table, known: &self.known };
        let said = reader.read(clauses);
        let mut cells = Vec::new();
        for column in self.columns.iter().filter(|column| wanted.has(column.number)) {
            let (place, ty) = column.place.clone()?;
            cells.push(Cell { name: column.name.clone(), place, ty });
        }
        // SAFETY: as above.
        let limit = unsafe { limit(root, rel) }.filter(|_| said.all_understood);
        let query = Query {
            table: self.table,
            cells,
            bindings: said.bindings.clone(),
            choices: said.choices.clone(),
            bounds: said.bounds.clone(),
            projects: self.projects(),
            limit,
        };
        Ok((query, said))
    }

    fn projects(&self) -> Projects {
        self.options.projects()
    }

    fn scan(&self, query: &Query) -> Scan {
        choose(self.options.version(), query, &self.sizes)
    }
}

fn no_table(name: &str) -> Error {
    Error::new(Kind::UnknownTable, format!("Basecamp has no resource \"{name}\"")).hint(
        "Name one with the table option \"resource\"; IMPORT FOREIGN SCHEMA creates them all.",
    )
}

fn no_column(name: &str, table: &str) -> Error {
    Error::new(Kind::UnknownColumn, format!("resource \"{table}\" has no column \"{name}\""))
        .hint("Name its place in the record with the column option \"field\".")
}

/// The columns that the query uses.
struct Wanted(*mut pg_sys::Bitmapset);

impl Wanted {
    fn has(&self, number: i16) -> bool {
        let member = |number: i32| {
            // SAFETY: a set that pull_varattnos made.
            unsafe {
                pg_sys::bms_is_member(number - pg_sys::FirstLowInvalidHeapAttributeNumber, self.0)
            }
        };
        // Number 0 is the whole row.
        member(0) || member(number.into())
    }
}

unsafe fn wanted(rel: *mut pg_sys::RelOptInfo) -> Wanted {
    let mut numbers = std::ptr::null_mut();
    // SAFETY: target and clauses of a relation that is being planned.
    unsafe {
        let target = (*(*rel).reltarget).exprs.cast();
        pg_sys::pull_varattnos(target, (*rel).relid, &raw mut numbers);
        for clause in clauses((*rel).baserestrictinfo) {
            pg_sys::pull_varattnos(clause, (*rel).relid, &raw mut numbers);
        }
    }
    Wanted(numbers)
}

/// Rows that the whole query takes at most, if nothing but this table and its clauses is in it.
unsafe fn limit(root: *mut pg_sys::PlannerInfo, rel: *mut pg_sys::RelOptInfo) -> Option<u64> {
    // SAFETY: the planner's own structures.
    unsafe {
        let alone = pg_sys::bms_num_members((*root).all_baserels) == 1
            && (*rel).reloptkind == pg_sys::RelOptKind::RELOPT_BASEREL;
        let unsorted = (*(*root).parse).sortClause.is_null();
        let count = (*root).limit_tuples;
        (alone && unsorted && count >= 1.0).then_some(count as u64)
    }
}

unsafe fn clauses(list: *mut pg_sys::List) -> Vec<*mut pg_sys::Node> {
    // SAFETY: the caller passes a list of RestrictInfo.
    unsafe {
        let infos = nodes::<pg_sys::RestrictInfo>(list);
        infos.into_iter().map(|info| (*info).clause.cast()).collect()
    }
}

unsafe fn relation<'a>(rel: *mut pg_sys::RelOptInfo) -> &'a Relation {
    // SAFETY: set by get_foreign_rel_size to a box owned by the planner's memory context.
    unsafe { &*(*rel).fdw_private.cast::<Relation>() }
}

/// Whether the scan of a relation may run beside others under an Append.
pub unsafe fn is_async_capable(rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: a relation that get_foreign_rel_size was called for.
    unsafe { relation(rel) }.options.is_async_capable()
}

/// How many rows will there be?
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_rel_size(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    oid: pg_sys::Oid,
) {
    // SAFETY: PostgreSQL passes the relation that it plans; the box lives in the planner's context.
    unsafe {
        let user = effective((*rel).userid);
        let opened = Relation::open(oid, user).or_report();
        (*rel).fdw_private =
            PgMemoryContexts::CurrentMemoryContext.leak_and_drop_on_delete(opened).cast();
        let (query, said) =
            relation(rel).query(root, rel, &clauses((*rel).baserestrictinfo)).or_report();
        let scan = relation(rel).scan(&query);
        (*rel).tuples = scan.estimate.rows.max(1.0);
        let selected = if said.all_understood {
            1.0
        } else {
            let none = std::ptr::null_mut();
            let inner = pg_sys::JoinType::JOIN_INNER;
            pg_sys::clauselist_selectivity(root, (*rel).baserestrictinfo, 0, inner, none)
        };
        (*rel).rows = pg_sys::clamp_row_est((*rel).tuples * selected);
    }
}

/// The role whose mapping counts: the owner of the view through which the table is read, or the user.
pub fn effective(owner: pg_sys::Oid) -> pg_sys::Oid {
    if owner != pg_sys::InvalidOid {
        return owner;
    }
    // SAFETY: reads the current role.
    unsafe { pg_sys::GetUserId() }
}

/// Which ways are there to read it?
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_paths(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    _oid: pg_sys::Oid,
) {
    // SAFETY: PostgreSQL passes the relation that it plans.
    unsafe {
        add_path(root, rel, std::ptr::null_mut());
        for outer in joined_by(root, rel) {
            add_path(root, rel, outer);
        }
    }
}

/// Adds a path; `outer` are the relations whose values it takes as parameters.
unsafe fn add_path(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    outer: pg_sys::Relids,
) {
    // SAFETY: PostgreSQL's own structures; the parameter info is made before the path.
    unsafe {
        let mut restrictions = clauses((*rel).baserestrictinfo);
        let mut rows = (*rel).rows;
        if !outer.is_null() {
            let info = pg_sys::get_baserel_parampathinfo(root, rel, outer);
            restrictions.extend(clauses((*info).ppi_clauses));
            rows = (*info).ppi_rows;
        }
        let (query, _) = relation(rel).query(root, rel, &restrictions).or_report();
        let scan = relation(rel).scan(&query);
        if !outer.is_null() && scan.needs.is_some() {
            return;
        }
        let rows = if outer.is_null() { rows } else { rows.min(scan.estimate.rows.max(1.0)) };
        let cost = Cost::of(&scan, !outer.is_null());
        let path = foreign_path(root, rel, rows, cost, outer);
        pg_sys::add_path(rel, path.cast());
    }
}

/// What PostgreSQL compares.
#[derive(Clone, Copy)]
struct Cost {
    startup: f64,
    total: f64,
    impossible: bool,
}

impl Cost {
    fn of(scan: &Scan, parameterized: bool) -> Self {
        if scan.needs.is_some() {
            return Self { startup: IMPOSSIBLE, total: IMPOSSIBLE, impossible: true };
        }
        let request = REQUEST_COST.get();
        let estimate = scan.estimate;
        // A parameterized scan is started for each outer row, but asks these once.
        let once = if parameterized { 0.0 } else { estimate.once };
        let startup = (once + estimate.requests.min(1.0)) * request;
        // SAFETY: a setting of PostgreSQL's, read on its own thread.
        let rows = estimate.rows * unsafe { pg_sys::cpu_tuple_cost };
        let total = (once + estimate.requests) * request + rows;
        Self { startup, total: total.max(startup), impossible: false }
    }
}

unsafe fn foreign_path(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    rows: f64,
    cost: Cost,
    outer: pg_sys::Relids,
) -> *mut pg_sys::ForeignPath {
    let none = std::ptr::null_mut::<pg_sys::List>();
    let Cost { startup, total, impossible } = cost;
    let outer = if outer.is_null() { lateral(rel) } else { outer };
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    // SAFETY: arguments as the function of these versions declares them; null lists are empty.
    unsafe {
        let _ = impossible;
        pg_sys::create_foreignscan_path(
            root,
            rel,
            none.cast(),
            rows,
            startup,
            total,
            none,
            outer,
            none.cast(),
            none,
        )
    }
    #[cfg(feature = "pg17")]
    // SAFETY: as above; 17 adds the restrictions of pushed-down joins.
    unsafe {
        let _ = impossible;
        pg_sys::create_foreignscan_path(
            root,
            rel,
            none.cast(),
            rows,
            startup,
            total,
            none,
            outer,
            none.cast(),
            none,
            none,
        )
    }
    #[cfg(feature = "pg18")]
    // SAFETY: as above; 18 counts disabled nodes instead of adding to the cost.
    unsafe {
        let disabled = if impossible { i32::from(i16::MAX) } else { 0 };
        pg_sys::create_foreignscan_path(
            root,
            rel,
            none.cast(),
            rows,
            disabled,
            startup,
            total,
            none,
            outer,
            none.cast(),
            none,
            none,
        )
    }
}

fn lateral(rel: *mut pg_sys::RelOptInfo) -> pg_sys::Relids {
    // SAFETY: the relation that is being planned.
    unsafe { (*rel).lateral_relids }
}

/// The sets of relations that can give a key of this one its value.
unsafe fn joined_by(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
) -> Vec<pg_sys::Relids> {
    // SAFETY: PostgreSQL's structures; the callback's context outlives the call.
    unsafe {
        let mut found: Vec<*mut pg_sys::RestrictInfo> = nodes((*rel).joininfo);
        if (*rel).has_eclass_joins {
            for column in &relation(rel).known {
                let mut number = column.number;
                let implied = pg_sys::generate_implied_equalities_for_column(
                    root,
                    rel,
                    Some(is_column),
                    (&raw mut number).cast(),
                    (*rel).lateral_referencers,
                );
                found.extend(nodes::<pg_sys::RestrictInfo>(implied));
            }
        }
        let mut sets: Vec<pg_sys::Relids> = Vec::new();
        for info in found {
            if !pg_sys::join_clause_is_movable_to(info, rel) || !binds(root, rel, info) {
                continue;
            }
            let outer = pg_sys::bms_union((*info).clause_relids, (*rel).lateral_relids);
            let outer = pg_sys::bms_del_member(outer, (*rel).relid as i32);
            let known = sets.iter().any(|set| pg_sys::bms_equal(*set, outer));
            if pg_sys::bms_num_members(outer) > 0 && !known {
                sets.push(outer);
            }
        }
        sets
    }
}

unsafe fn binds(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    info: *mut pg_sys::RestrictInfo,
) -> bool {
    // SAFETY: a join clause of the relation that is being planned.
    unsafe {
        let relation = relation(rel);
        let known = &relation.known;
        let reader = Reader { root, relid: (*rel).relid, table: relation.table, known };
        !reader.read(&[(*info).clause.cast()]).bindings.is_empty()
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn is_column(
    _root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    _class: *mut pg_sys::EquivalenceClass,
    member: *mut pg_sys::EquivalenceMember,
    number: *mut std::ffi::c_void,
) -> bool {
    // SAFETY: `number` is the i16 that joined_by passed; the tag is checked before the cast.
    unsafe {
        let expression: *mut pg_sys::Node = (*member).em_expr.cast();
        if !pgrx::is_a(expression, pg_sys::NodeTag::T_Var) {
            return false;
        }
        let var = expression.cast::<pg_sys::Var>();
        (*var).varno as u32 == (*rel).relid && (*var).varattno == *number.cast::<i16>()
    }
}

/// The plan of the chosen path.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_plan(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    _oid: pg_sys::Oid,
    _path: *mut pg_sys::ForeignPath,
    targets: *mut pg_sys::List,
    scan_clauses: *mut pg_sys::List,
    outer_plan: *mut pg_sys::Plan,
) -> *mut pg_sys::ForeignScan {
    // SAFETY: PostgreSQL passes the relation and the clauses that this scan is to satisfy.
    unsafe {
        let (query, said) = relation(rel).query(root, rel, &clauses(scan_clauses)).or_report();
        let mut scan = relation(rel).scan(&query);
        let mut expressions = said.expressions.clone();
        if let Some(check) = check(rel, &scan, scan_clauses) {
            scan.check = Some(expressions.len());
            expressions.push(check);
        }
        let expressions = expressions.into_iter().fold(std::ptr::null_mut(), |list, expression| {
            pg_sys::lappend(list, expression.cast())
        });
        let packed = private::pack(&scan).unwrap_or_else(|error| raise(&error));
        let none = std::ptr::null_mut();
        // Every clause is checked again locally: cheap beside a request, and never wrong.
        let checked = pg_sys::extract_actual_clauses(scan_clauses, false);
        pg_sys::make_foreignscan(
            targets,
            checked,
            (*rel).relid,
            expressions,
            packed,
            none,
            none,
            outer_plan,
        )
    }
}

/// The conditions that can be checked before rows are completed: those on the columns that the listing
/// has. Only rows that pass them cost a request.
unsafe fn check(
    rel: *mut pg_sys::RelOptInfo,
    scan: &Scan,
    scan_clauses: *mut pg_sys::List,
) -> Option<*mut pg_sys::Node> {
    if !scan.complete {
        return None;
    }
    // SAFETY: clauses of the relation that is being planned; the lists are palloc'ed.
    unsafe {
        let mut late = std::ptr::null_mut();
        let columns = &relation(rel).columns;
        for cell in scan.late.iter().filter_map(|place| scan.cells.get(*place)) {
            let column = columns.iter().find(|column| column.name == cell.name);
            let number = i32::from(column?.number) - pg_sys::FirstLowInvalidHeapAttributeNumber;
            late = pg_sys::bms_add_member(late, number);
        }
        let early = clauses(scan_clauses).into_iter().filter(|clause| {
            let mut used = std::ptr::null_mut();
            pg_sys::pull_varattnos(*clause, (*rel).relid, &raw mut used);
            // Number 0 is the whole row.
            let whole = pg_sys::bms_is_member(-pg_sys::FirstLowInvalidHeapAttributeNumber, used);
            !whole
                && !pg_sys::bms_overlap(used, late)
                && !pg_sys::contain_subplans(*clause)
                && !pg_sys::contain_volatile_functions(*clause)
        });
        let list =
            early.fold(std::ptr::null_mut(), |list, clause| pg_sys::lappend(list, clause.cast()));
        (!list.is_null()).then(|| pg_sys::make_ands_explicit(list).cast())
    }
}
