using FsCheck;
using FsCheck.Fluent;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

public class UpdateDomainsTests
{
    [Fact, Trait("spec", "P3")]
    public void A_role_is_dealt_round_robin() => Assert.Equal([0, 1, 2, 3, 4, 0, 1], UpdateDomains.Deal(new int[5], 7));

    [Fact, Trait("spec", "P3")]
    public void A_new_vm_takes_the_emptiest_update_domain_and_the_lowest_on_ties() =>
        Assert.Equal([1, 1, 3], UpdateDomains.Deal([2, 0, 2, 1, 2], 3));

    [Fact, Trait("spec", "P3")]
    public void Scale_in_takes_the_highest_index_where_it_is_free_to_choose() =>
        Assert.Equal([6, 5, 4], UpdateDomains.ChooseToRemove([0, 1, 2, 3, 4, 0, 1], 3));

    [Fact, Trait("spec", "P3")]
    public void Scale_in_evens_out_what_was_uneven() =>
        Assert.Equal([2, 4, 1], UpdateDomains.ChooseToRemove([0, 0, 0, 1, 1], 3));

    [Fact, Trait("spec", "P3")]
    public void Counts_never_differ_by_more_than_one_however_a_role_grows_and_shrinks() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll<PositiveInt, int[]>((domains, steps) =>
        {
            var uds = new List<int>();
            var count = 1 + domains.Get % UpdateDomains.Most;
            foreach (var step in steps)
            {
                if (step >= 0)
                {
                    var counts = Enumerable.Range(0, count).Select(ud => uds.Count(u => u == ud)).ToArray();
                    uds.AddRange(UpdateDomains.Deal(counts, step % 50));
                }
                else
                {
                    var leaves = UpdateDomains.ChooseToRemove(uds, -(step % 50));
                    uds = uds.Where((_, i) => !leaves.Contains(i)).ToList();
                }

                var now = Enumerable.Range(0, count).Select(ud => uds.Count(u => u == ud)).ToList();
                if (now.Max() - now.Min() > 1)
                {
                    return false;
                }
            }

            return true;
        }));

    [Fact, Trait("spec", "P3")]
    public void There_are_1_to_20_update_domains_and_nobody_deals_for_fewer_than_nobody()
    {
        Assert.Equal([19], UpdateDomains.Deal([.. Enumerable.Repeat(1, 19), 0], 1));
        Assert.Empty(UpdateDomains.Deal([0], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => UpdateDomains.Deal([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => UpdateDomains.Deal(new int[21], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => UpdateDomains.Deal([0], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => UpdateDomains.ChooseToRemove([0], -1));
    }

    [Fact, Trait("spec", "P3")]
    public void Scale_in_by_more_than_there_are_takes_all() =>
        Assert.Equal([1, 2, 0], UpdateDomains.ChooseToRemove([0, 0, 1], 9));
}
