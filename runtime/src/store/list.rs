//! Doubly linked lists of places in one array of links: every step is O(1), and a member costs eight bytes.
//!
//! The lists are rings that begin and end at a sentinel of their own. So a place can be taken out without
//! knowing which list it is in. A place is in at most one list of a `Lists`.

/// Where an entry is in its region. Given to another entry once the one there has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) struct Place(pub(in crate::store) u32);

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

/// `N` lists, numbered from 0.
#[derive(Debug)]
pub(in crate::store) struct Lists<const N: usize> {
    /// By node: first the sentinels of all lists, then the places. Empty until there is a member.
    links: Vec<Link>,
}

impl<const N: usize> Default for Lists<N> {
    fn default() -> Self {
        Self { links: Vec::new() }
    }
}

impl Link {
    /// That of a ring with nobody else in it.
    #[inline]
    fn alone(node: u32) -> Self {
        Self { before: node, after: node }
    }
}

impl<const N: usize> Lists<N> {
    #[expect(clippy::cast_possible_truncation, reason = "there are few lists")]
    const SENTINELS: u32 = {
        assert!(N < 0x1_0000, "there are few lists");
        N as u32
    };

    #[inline]
    fn node(place: Place) -> u32 {
        place.0 + Self::SENTINELS
    }

    #[inline]
    fn place(node: u32) -> Option<Place> {
        node.checked_sub(Self::SENTINELS).map(Place)
    }

    #[inline]
    fn sentinel(list: usize) -> u32 {
        u32::try_from(list).expect("there are few lists")
    }

    #[inline]
    fn link(&mut self, node: u32) -> &mut Link {
        &mut self.links[node as usize]
    }

    /// The node of `place`, which is known from now on.
    #[inline]
    fn reach(&mut self, place: Place) -> u32 {
        let node = Self::node(place);
        if self.links.len() <= node as usize {
            self.meet(node);
        }
        node
    }

    /// Makes `node` known. Those that are passed over may be taken out as well, though they are in no list.
    #[cold]
    fn meet(&mut self, node: u32) {
        let known = u32::try_from(self.links.len()).expect("places are numbers");
        if self.links.capacity() <= node as usize {
            // By less than a vector would take by itself: eight bytes of each entry are here.
            let more = (node - known) as usize + 1 + self.links.len() / 8;
            self.links.reserve_exact(more);
        }
        self.links.extend((known..=node).map(Link::alone));
    }

    /// Makes `place` the last of `list`.
    #[inline]
    pub(in crate::store) fn push_back(&mut self, list: usize, place: Place) {
        let (node, sentinel) = (self.reach(place), Self::sentinel(list));
        let end = std::mem::replace(&mut self.link(sentinel).before, node);
        self.link(end).after = node;
        *self.link(node) = Link { before: end, after: sentinel };
    }

    /// Takes `place` out of the list that it is in, if it is in one.
    #[inline]
    pub(in crate::store) fn remove(&mut self, place: Place) {
        let node = Self::node(place);
        let Some(link) = self.links.get_mut(node as usize) else { return };
        // A place in no list is a ring of its own: to take it out again changes nothing.
        let Link { before, after } = std::mem::replace(link, Link::alone(node));
        self.link(before).after = after;
        self.link(after).before = before;
    }

    /// Puts `new` where `old` stands, which leaves.
    #[inline]
    pub(in crate::store) fn replace(&mut self, old: Place, new: Place) {
        let node = self.reach(new);
        let before = self.link(Self::node(old)).before;
        self.remove(old);
        let after = std::mem::replace(&mut self.link(before).after, node);
        self.link(after).before = node;
        *self.link(node) = Link { before, after };
    }

    /// The first of `list`.
    #[inline]
    pub(in crate::store) fn first(&self, list: usize) -> Option<Place> {
        Self::place(self.links.get(list)?.after)
    }

    /// The last of `list`.
    pub(in crate::store) fn last(&self, list: usize) -> Option<Place> {
        Self::place(self.links.get(list)?.before)
    }

    /// Who stands behind `place` in its list.
    #[inline]
    pub(in crate::store) fn after(&self, place: Place) -> Option<Place> {
        Self::place(self.links[Self::node(place) as usize].after)
    }

    /// The members of `list`, in their order.
    pub(in crate::store) fn members(&self, list: usize) -> impl Iterator<Item = Place> {
        std::iter::successors(self.first(list), |place| self.after(*place))
    }

    /// Takes the first out of `list`.
    #[inline]
    pub(in crate::store) fn pop_front(&mut self, list: usize) -> Option<Place> {
        let first = self.first(list)?;
        self.remove(first);
        Some(first)
    }

    /// Moves all of `from` behind those of `to`.
    pub(in crate::store) fn append(&mut self, to: usize, from: usize) {
        let (to, from) = (Self::sentinel(to), Self::sentinel(from));
        if self.links.is_empty() {
            return;
        }
        let Link { before: last, after: first } =
            std::mem::replace(self.link(from), Link::alone(from));
        if first == from {
            return;
        }
        let end = std::mem::replace(&mut self.link(to).before, last);
        self.link(end).after = first;
        self.link(first).before = end;
        self.link(last).after = to;
    }

    /// Gives `list` another order: `order` names all of its members.
    pub(in crate::store) fn arrange(&mut self, list: usize, order: impl Iterator<Item = Place>) {
        let sentinel = Self::sentinel(list);
        *self.link(sentinel) = Link::alone(sentinel);
        order.for_each(|place| self.push_back(list, place));
    }
}

#[cfg(test)]
mod tests {
    use super::{Lists, Place};

    fn members<const N: usize>(lists: &Lists<N>, list: usize) -> Vec<u32> {
        lists.members(list).map(|place| place.0).collect()
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
    #[test]
    fn a_list_is_arranged_anew_and_goes_behind_another() {
        let mut lists = Lists::<2>::default();
        lists.append(0, 1);
        (0..2).for_each(|place| lists.push_back(0, Place(place)));
        (2..5).for_each(|place| lists.push_back(1, Place(place)));
        lists.arrange(1, [4, 2, 3].map(Place).into_iter());
        lists.append(0, 1);
        lists.append(0, 1);
        assert_eq!((members(&lists, 0), members(&lists, 1)), (vec![0, 1, 4, 2, 3], vec![]));
        lists.remove(Place(3));
        lists.append(1, 0);
        lists.push_back(1, Place(9));
        assert_eq!((members(&lists, 0), members(&lists, 1)), (vec![], vec![0, 1, 4, 2, 9]));
    }
}
