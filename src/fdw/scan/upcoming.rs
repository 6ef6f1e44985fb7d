//! What a scan will be started with next: told by the node that reads ahead, heard by the scan.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::{Rc, Weak};

use crate::plan::bind::Argument;

/// A scan of a running query: the address of its executor state, and its place in the range table.
type Whose = (usize, u32);

thread_local! {
    static ALL: RefCell<HashMap<Whose, Weak<Upcoming>>> = RefCell::default();
}

/// The keys of rows that were read and not given on yet.
#[derive(Default)]
pub struct Upcoming {
    keys: RefCell<VecDeque<Vec<Argument>>>,
    /// How many rows the scan has use for, with the one that it is at.
    most: Cell<usize>,
    /// Runs that were begun before their keys came.
    begun: Cell<u64>,
}

impl Upcoming {
    /// For a scan that is about to begin, and its node's to keep.
    pub fn announce(query: usize, place: u32) -> Rc<Self> {
        ALL.with_borrow_mut(|all| {
            all.retain(|_, upcoming| upcoming.strong_count() > 0);
            let upcoming = Rc::<Self>::default();
            all.insert((query, place), Rc::downgrade(&upcoming));
            upcoming
        })
    }

    /// The scan listens, and can have so many runs at a time.
    pub fn listen(&self, most: usize) {
        self.most.set(most);
    }

    /// How many rows to read ahead at most, with the one that is given on.
    pub fn most(&self) -> usize {
        self.most.get()
    }

    /// How many rows were read and not given on.
    pub fn count(&self) -> usize {
        self.keys.borrow().len()
    }

    /// A row was read.
    pub fn push(&self, key: Vec<Argument>) {
        self.keys.borrow_mut().push_back(key);
    }

    /// The first of these rows is given on; false where there is none.
    pub fn pass(&self) -> bool {
        self.keys.borrow_mut().pop_front().is_some()
    }

    /// The rows are read anew.
    pub fn clear(&self) {
        self.keys.borrow_mut().clear();
    }

    /// The keys, in the order in which they will come.
    pub fn keys(&self) -> Vec<Vec<Argument>> {
        self.keys.borrow().iter().cloned().collect()
    }

    /// A run was begun.
    pub fn begin(&self) {
        self.begun.set(self.begun.get() + 1);
    }

    /// How many runs were begun before their keys came.
    pub fn begun(&self) -> u64 {
        self.begun.get()
    }
}

/// What is upcoming for a scan; none where nothing reads ahead for it.
pub fn of(query: usize, place: u32) -> Option<Rc<Upcoming>> {
    ALL.with_borrow(|all| all.get(&(query, place)).and_then(Weak::upgrade))
}
