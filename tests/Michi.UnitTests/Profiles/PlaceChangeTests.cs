using Michi.Assessment.Compare;

namespace Michi.UnitTests.Profiles;

public sealed class PlaceChangeTests
{
    /// <summary>Where the words begin: 0.95 and 0.66 included, and what nobody looked at is never called a change.</summary>
    [Theory]
    [InlineData(0.95, 0.05, 0, false, false, "Rose")]
    [InlineData(0, 0.05, 0.95, false, false, "Fell")]
    [InlineData(0.949, 0.051, 0, false, false, "PerhapsRose")]
    [InlineData(0.66, 0.34, 0, false, false, "PerhapsRose")]
    [InlineData(0, 0.34, 0.66, false, false, "PerhapsFell")]
    [InlineData(0.659, 0.341, 0, false, false, "Open")]
    [InlineData(0.02, 0.96, 0.02, false, false, "Stayed")]
    [InlineData(0.02, 0.96, 0.02, false, true, "Stayed")]
    [InlineData(0.4, 0.2, 0.4, false, true, "NothingNew")]
    [InlineData(0.99, 0.01, 0, true, false, "NobodyLooked")]
    public void VerdictOf_Thresholds_AreThoseOfTheWords(double higher, double same, double lower, bool isUnseen, bool isSame, string expected) =>
        Assert.Equal(expected, PlaceChange.VerdictOf(new(higher, same, lower, 0), isUnseen, isSame).ToString());
}
