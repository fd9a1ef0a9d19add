//! Doubly linked lists of places in one array of links: every step is O(1), and a member costs eight bytes.
//!
//! The lists are rings that begin and end at a sentinel of their own. So a place can be taken out without
//! knowing which list it is in. A place is in at most one list of a `Lists`.

/// Where an entry is in its region. Given to another entry once the one there has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) struct Place(pub(in crate::store) u32);

/// Nodes from here on are sentinels: of list 0, of list 1, and so on.
const SENTINELS: u32 = 0xFFFF_0000;

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

/// `N` lists, numbered from 0.
#[derive(Debug)]
pub(in crate::store) struct Lists<const N: usize> {
    sentinels: [Link; N],
    links: Vec<Link>,
}

impl<const N: usize> Default for Lists<N> {
    fn default() -> Self {
        let alone = |list| Link { before: sentinel(list), after: sentinel(list) };
        Self { sentinels: std::array::from_fn(alone), links: Vec::new() }
    }
}

#[inline]
fn sentinel(list: usize) -> u32 {
    SENTINELS + u32::try_from(list).expect("there are few lists")
}

#[inline]
fn place(node: u32) -> Option<Place> {
    (node < SENTINELS).then_some(Place(node))
}

impl<const N: usize> Lists<N> {
    #[inline]
    fn link(&mut self, node: u32) -> &mut Link {
        match node.checked_sub(SENTINELS) {
            Some(list) => &mut self.sentinels[list as usize],
            None => &mut self.links[node as usize],
        }
    }

    #[inline]
    fn insert(&mut self, node: u32, before: u32, after: u32) {
        // Those that are passed over may be taken out as well, though they are in no list.
        let known = u32::try_from(self.links.len()).expect("places are numbers");
        self.links.extend((known..=node).map(|alone| Link { before: alone, after: alone }));
        self.links[node as usize] = Link { before, after };
        self.link(before).after = node;
        self.link(after).before = node;
    }

    /// Makes `place` the last of `list`.
    #[inline]
    pub(in crate::store) fn push_back(&mut self, list: usize, place: Place) {
        let end = self.sentinels[list].before;
        self.insert(place.0, end, sentinel(list));
    }

    /// Takes `place` out of the list that it is in, if it is in one.
    #[inline]
    pub(in crate::store) fn remove(&mut self, place: Place) {
        let Some(Link { before, after }) = self.links.get(place.0 as usize).copied() else {
            return;
        };
        self.link(before).after = after;
        self.link(after).before = before;
        // A place in no list is a ring of its own: to take it out again changes nothing.
        self.links[place.0 as usize] = Link { before: place.0, after: place.0 };
    }

    /// Puts `new` where `old` stands, which leaves.
    #[inline]
    pub(in crate::store) fn replace(&mut self, old: Place, new: Place) {
        let Link { before, .. } = self.links[old.0 as usize];
        self.remove(old);
        let after = self.link(before).after;
        self.insert(new.0, before, after);
    }

    /// The first of `list`.
    #[inline]
    pub(in crate::store) fn first(&self, list: usize) -> Option<Place> {
        place(self.sentinels[list].after)
    }

    /// The last of `list`.
    pub(in crate::store) fn last(&self, list: usize) -> Option<Place> {
        place(self.sentinels[list].before)
    }

    /// Who stands behind `place` in its list.
    pub(in crate::store) fn after(&self, place: Place) -> Option<Place> {
        self::place(self.links[place.0 as usize].after)
    }

    /// Takes the first out of `list`.
    #[inline]
    pub(in crate::store) fn pop_front(&mut self, list: usize) -> Option<Place> {
        let first = self.first(list)?;
        self.remove(first);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lists, Place};

    fn members<const N: usize>(lists: &Lists<N>, list: usize) -> Vec<u32> {
        std::iter::successors(lists.first(list), |place| lists.after(*place)).map(|p| p.0).collect()
    }

    #[test]
    fn a_place_that_is_in_no_list_can_be_taken_out() {
        let mut lists = Lists::<2>::default();
        lists.push_back(0, Place(7));
        lists.push_back(0, Place(3));
        for place in [5, 9, 3, 3] {
            lists.remove(Place(place));
        }
        assert_eq!((members(&lists, 0), members(&lists, 1)), (vec![7], vec![]));
    }

    #[test]
    fn one_takes_the_turn_of_another() {
        let mut lists = Lists::<1>::default();
        (0..3).for_each(|place| lists.push_back(0, Place(place)));
        lists.replace(Place(0), Place(8));
        lists.replace(Place(2), Place(9));
        assert_eq!(members(&lists, 0), [8, 1, 9]);
        assert_eq!((lists.pop_front(0), lists.last(0)), (Some(Place(8)), Some(Place(9))));
    }
}
