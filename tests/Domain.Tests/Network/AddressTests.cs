using Rdfe.Domain.Network;

namespace Rdfe.Domain.Tests.Network;

public sealed class AddressTests
{
    [Theory, Trait("spec", "F1")]
    [InlineData("10.1.0.0/16", 65_534, "10.1.0.1", "10.1.255.254")]
    [InlineData("65.52.4.0/22", 1_022, "65.52.4.1", "65.52.7.254")]
    [InlineData("10.0.0.0/8", 16_777_214, "10.0.0.1", "10.255.255.254")]
    [InlineData("255.255.255.252/30", 2, "255.255.255.253", "255.255.255.254")]
    public void A_pool_hands_out_all_but_its_first_and_last_address(string text, int usable, string first, string last)
    {
        var pool = AddressPool.Parse(text, out var error)!.Value;

        Assert.Null(error);
        Assert.Equal(text, pool.ToString());
        Assert.Equal(usable, pool.Usable);
        Assert.Equal(first, pool.Address(0).ToString());
        Assert.Equal(last, pool.Address(usable - 1).ToString());
        Assert.Equal(usable - 1, pool.IndexOf(pool.Address(usable - 1)));
        Assert.Null(pool.IndexOf(pool.Network));
        Assert.Null(pool.IndexOf(pool.Last));
        Assert.Null(pool.IndexOf(Ipv4Address.Parse("1.2.3.4")!.Value));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Address(usable));
    }

    [Theory, Trait("spec", "F1")]
    [InlineData("10.1.0.0", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("10.1.0/16", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("10.1.0.256/16", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("010.1.0.0/16", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("10.1.0.0/+16", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData(" 10.1.0.0/16", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("fd00::/64", "Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("0.0.0.0/0", "The prefix length must be from 8 to 30.")]
    [InlineData("10.1.0.0/31", "The prefix length must be from 8 to 30.")]
    [InlineData("10.1.2.0/16", "The block /16 that holds 10.1.2.0 starts at 10.1.0.0.")]
    public void What_is_no_pool_says_why(string text, string error)
    {
        Assert.Null(AddressPool.Parse(text, out var said));
        Assert.Equal(error, said);
    }

    [Fact, Trait("spec", "N1")]
    public void The_lowest_free_address_is_taken_first()
    {
        var book = new AddressBook(Pool("10.0.0.0/29"));

        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], Take(book, 3));
        Assert.True(book.Release(Ip("10.0.0.2")));
        Assert.True(book.Take(Ip("10.0.0.4")));
        Assert.Equal(["10.0.0.2", "10.0.0.5", "10.0.0.6", ""], Take(book, 4));
        Assert.Equal((6, 0), (book.TakenCount, book.FreeCount));
    }

    [Fact, Trait("spec", "N1")]
    public void Taking_and_giving_back_twice_changes_nothing()
    {
        var book = new AddressBook(Pool("10.0.0.0/24"));

        Assert.True(book.Take(Ip("10.0.0.9")));
        Assert.False(book.Take(Ip("10.0.0.9")));
        Assert.True(book.IsTaken(Ip("10.0.0.9")));
        Assert.True(book.Release(Ip("10.0.0.9")));
        Assert.False(book.Release(Ip("10.0.0.9")));
        Assert.False(book.IsTaken(Ip("10.0.0.9")));
        Assert.Equal(0, book.TakenCount);
    }

    [Theory, Trait("spec", "N1")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.255")]
    [InlineData("10.0.1.1")]
    public void An_address_of_no_use_to_the_pool_is_never_taken(string address)
    {
        var book = new AddressBook(Pool("10.0.0.0/24"));

        Assert.False(book.Take(Ip(address)));
        Assert.False(book.Release(Ip(address)));
        Assert.False(book.IsTaken(Ip(address)));
    }

    // The model is a sorted set of free addresses; the seed is in the draw, so that a failure comes again.
    [Fact, Trait("spec", "N1")]
    public void A_book_behaves_as_a_sorted_set_of_free_addresses()
    {
        var pool = Pool("10.0.0.0/24");
        var book = new AddressBook(pool);
        var free = new SortedSet<Ipv4Address>(Enumerable.Range(0, pool.Usable).Select(pool.Address));
        for (var step = 0; step < 5_000; step++)
        {
            var address = pool.Address((int)(Draw.Unit(1, "book", "which", step) * pool.Usable));
            switch ((int)(Draw.Unit(1, "book", "what", step) * 4))
            {
                case 0 when free.Count > 0:
                    Assert.Equal(free.Min, book.Take());
                    free.Remove(free.Min);
                    break;
                case 1:
                    Assert.Equal(free.Remove(address), book.Take(address));
                    break;
                case 2:
                    Assert.Equal(free.Add(address), book.Release(address));
                    break;
                default:
                    Assert.Equal(!free.Contains(address), book.IsTaken(address));
                    break;
            }

            Assert.Equal(free.Count, book.FreeCount);
        }
    }

    [Fact, Trait("spec", "N1")]
    public void A_pool_of_65534_is_filled_to_the_last_address_and_not_beyond()
    {
        var book = new AddressBook(Pool("10.1.0.0/16"));
        var taken = new HashSet<Ipv4Address>();
        while (book.Take() is { } address)
        {
            Assert.True(taken.Add(address));
        }

        Assert.Equal(65_534, taken.Count);
        Assert.Equal(0, book.FreeCount);
    }

    private static AddressPool Pool(string text) => AddressPool.Parse(text, out _)!.Value;

    private static Ipv4Address Ip(string text) => Ipv4Address.Parse(text)!.Value;

    private static string[] Take(AddressBook book, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => book.Take()?.ToString() ?? "")];
}
