using NodaTime;
using Rdfe.Domain.Faults;

namespace Rdfe.Domain.Tests.Faults;

[Trait("spec", "L5")]
public sealed class TransportCertificateTests
{
    private static readonly LocalDate LeapDay = new(2012, 2, 29);

    [Fact]
    public void A_certificate_issued_on_29_February_is_valid_for_a_year_to_the_28th()
    {
        var certificate = TransportCertificate.Issue(LeapDay);
        Assert.Equal(new LocalDate(2013, 2, 28), certificate.Expires);
        Assert.True(certificate.IsValidOn(LeapDay));
        Assert.True(certificate.IsValidOn(new LocalDate(2013, 2, 28)));
        Assert.False(certificate.IsValidOn(new LocalDate(2013, 3, 1)));
        Assert.False(certificate.IsValidOn(LeapDay.PlusDays(-1)));
    }

    [Fact]
    public void The_year_plus_one_is_no_date_on_29_February_alone()
    {
        for (var day = new LocalDate(2011, 1, 1); day.Year < 2017; day = day.PlusDays(1))
        {
            var (right, naive) = (TransportCertificate.Issue(day), TransportCertificate.IssueByYearPlusOne(day));
            Assert.True(right.IsValidOn(day));
            if (day is { Month: 2, Day: 29 })
            {
                Assert.Null(naive);
            }
            else
            {
                Assert.Equal(right, naive);
            }
        }
    }

    [Fact]
    public void Jumps_of_the_wall_clock_add_up_while_they_last()
    {
        var start = Instant.FromUtc(2012, 2, 28, 23, 0);
        Instant At(int minutes) => start + Duration.FromMinutes(minutes);
        WallClockJump[] jumps =
        [
            new(At(0), At(60), Duration.FromHours(1)),
            new(At(30), null, Duration.FromHours(-2)),
        ];
        Assert.Equal(At(-1), WallClockJump.WallAt(At(-1), jumps));
        Assert.Equal(At(60), WallClockJump.WallAt(At(0), jumps));
        Assert.Equal(At(30 + 60 - 120), WallClockJump.WallAt(At(30), jumps));
        Assert.Equal(At(60 - 120), WallClockJump.WallAt(At(60), jumps));
    }
}
