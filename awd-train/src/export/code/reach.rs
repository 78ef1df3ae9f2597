//! Where a signal that is continued with zeros can differ from zero, after each lifting step.

/// Where the halves of a signal that is continued with zeros can differ from zero, step by step. `awd_core` takes a half to be zero
/// beyond its ends at every step; the loop of a graph computes what is there. Both are the same unless something is there that is read.
#[derive(Default)]
pub struct Reach {
    versions: Vec<Version>,
}

/// A half before all steps, or after one.
struct Version {
    /// The first index that can differ from zero, and the one after the last.
    support: [isize; 2],
    /// What it is computed from: a version, and the offset of the index.
    reads: Vec<(usize, isize)>,
    /// The indices that are needed.
    needed: Option<[isize; 2]>,
}

impl Reach {
    /// A half before all steps: the indices at which it can differ from zero.
    pub fn input(&mut self, support: [isize; 2]) -> usize {
        self.add(support, vec![])
    }

    /// The halves before all steps.
    pub fn inputs(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.versions.len()).filter(|version| self.versions[*version].reads.is_empty())
    }

    fn add(&mut self, support: [isize; 2], reads: Vec<(usize, isize)>) -> usize {
        self.versions.push(Version { support, reads, needed: None });
        self.versions.len() - 1
    }

    /// A half after a step.
    pub fn lift(&mut self, reads: Vec<(usize, isize)>) -> usize {
        let supports = reads.iter().map(|(version, offset)| self.versions[*version].support.map(|end| end - offset));
        let support = supports.reduce(|[a, b], [c, d]| [a.min(c), b.max(d)]).unwrap_or([0, 0]);
        self.add(support, reads)
    }

    /// States that so many coefficients of a half are needed.
    pub fn need(&mut self, version: usize, half: usize) {
        self.widen(version, [0, half.cast_signed()]);
    }

    fn widen(&mut self, version: usize, [start, end]: [isize; 2]) {
        let needed = &mut self.versions[version].needed;
        let [a, b] = needed.unwrap_or([start, end]);
        *needed = Some([a.min(start), b.max(end)]);
    }

    /// Of each version, whether something that is needed lies before index 0 and can differ from zero, and the same after the last one.
    pub fn beyond(&mut self, half: usize) -> Vec<[bool; 2]> {
        let mut beyond = vec![[false; 2]; self.versions.len()];
        for (i, beyond) in beyond.iter_mut().enumerate().rev() {
            let Version { support, reads, needed } = &self.versions[i];
            let Some([start, end]) = *needed else { continue };
            let (first, last) = (start.max(support[0]), end.min(support[1]));
            *beyond = [first < last.min(0), first.max(half.cast_signed()) < last];
            for (version, offset) in reads.clone() {
                self.widen(version, [start + offset, end + offset]);
            }
        }
        beyond
    }
}
