using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;

namespace Michi.UnitTests.CityOs;

public sealed class QFilterTests
{
    private static readonly Entity Vehicle = SampleEntity.Of("""
        'speed': {'value': 30, 'observedAt': '2026-03-01T12:00:00Z', 'unitCode': 'KMH', 'accuracy': {'value': 0.5, 'source': 'GPS'}},
        'route': '550', 'name': 'Eiffel Tower', 'active': true, 'full': false, 'tags': ['a', 'b', 7], 'big': 1e3,
        'departure': '2026-03-01T06:00:00Z', 'day': '2026-03-01', 'clock': '06:00:00.5Z',
        'opened': {'type': 'Property', 'value': {'@type': 'DateTime', '@value': '2026-03-01T06:00:00.000Z'}},
        'label': {'languageMap': {'en': 'hello', 'fr': ['bonjour', 'salut']}},
        'ref': {'object': 'urn:dest:A'}, 'refs': {'object': ['urn:dest:A', 'urn:dest:B']},
        'listed': {'objectList': [{'object': 'urn:dest:A'}, {'object': 'urn:dest:B'}]}, 'list': {'valueList': [1, 2, 3]},
        'gender': {'vocab': 'Male'}, 'genders': {'vocab': ['Male', 'ex:Other']},
        'address': {'value': {'city': 'Berlin', 'parts': [{'n': 1}, {'n': 2}], 'none': null, 'deep': {'er': 40}}},
        'tickets': {'json': {'id': '85a6', 'value': 'Overstay'}}, 'typed': 'quo\"te', 'uni': 'h\u00e9\ud83d\ude00'
        """, type: "['Vehicle', 'Car']");

    [Theory]
    // Existence, clause 4.9, examples 0 and 5.
    [InlineData("speed", true), InlineData("nothing", false), InlineData("!speed", false), InlineData("!nothing", true), InlineData("! nothing", true)]
    [InlineData("speed.accuracy", true), InlineData("speed.accuracy.source", true), InlineData("speed.nothing", false), InlineData("!speed.nothing", true)]
    [InlineData("speed.observedAt", true), InlineData("route.observedAt", false), InlineData("!route.unitCode", true)]
    // Numbers.
    [InlineData("speed==30", true), InlineData("speed==30.0", true), InlineData("speed==3e1", true), InlineData("speed==31", false), InlineData("big==1000", true)]
    [InlineData("speed!=30", false), InlineData("speed!=31", true), InlineData("nothing!=31", false)]
    [InlineData("speed>29", true), InlineData("speed>30", false), InlineData("speed>=30", true), InlineData("speed<30", false), InlineData("speed<=30", true), InlineData("speed<-1", false)]
    [InlineData("speed==10..40", true), InlineData("speed==30..40", true), InlineData("speed==31..40", false), InlineData("speed!=10..40", false), InlineData("speed!=-5..-1.5", true)]
    [InlineData("speed==1,30", true), InlineData("speed==1, 2", false), InlineData("speed!=1,2", true), InlineData("speed!=1,30", false)]
    // Types that differ are unequal and in no order.
    [InlineData("speed==\"30\"", false), InlineData("speed!=\"thirty\"", true), InlineData("route>100", false), InlineData("route<1000", false), InlineData("route>\"200\"", true), InlineData("route==550", false)]
    [InlineData("active==\"true\"", false), InlineData("active!=1", true)]
    // Texts, by code units.
    [InlineData("name==\"Eiffel Tower\"", true), InlineData("name==\"Pisa\",\"Eiffel Tower\"", true), InlineData("name!=\"Eiffel Tower\"", false), InlineData("name!=\"Pisa\"", true)]
    [InlineData("name>\"E\"", true), InlineData("name>\"F\"", false), InlineData("name<\"e\"", true), InlineData("name==\"A\"..\"F\"", true), InlineData("name==\"a\"..\"f\"", false)]
    [InlineData("typed==\"quo\\\"te\"", true), InlineData("uni==\"h\\u00e9\\ud83d\\ude00\"", true), InlineData("uni==\"h\u00e9\ud83d\ude00\"", true), InlineData("route==\"5\\/50\"", false)]
    [InlineData("name==Eiffel", false), InlineData("tags==a", true)]
    // Booleans.
    [InlineData("active==true", true), InlineData("active==false", false), InlineData("active!=false", true), InlineData("full==false", true), InlineData("active==false,true", true)]
    // Times are compared as such, whatever their spelling.
    [InlineData("departure==2026-03-01T06:00:00Z", true), InlineData("departure==2026-03-01T06:00:00.000Z", true), InlineData("departure==\"2026-03-01T06:00:00,0Z\"", true), InlineData("departure==2026-03-01T06:00:00,0Z", true), InlineData("clock==1,06:00:00,5Z", true)]
    [InlineData("departure>\"2026-02-15T00:00:00Z\"", true), InlineData("departure>=2026-03-01T06:00:00.000001Z", false), InlineData("departure<2026-03-01", false), InlineData("departure!=2026-03-01", true)]
    [InlineData("departure==2026-03-01T00:00:00Z..2026-03-01T06:00:00Z", true), InlineData("opened==2026-03-01T06:00:00Z", true), InlineData("opened>2026-03-01T06:00:00Z", false)]
    [InlineData("day==2026-03-01", true), InlineData("day>2026-02-28", true), InlineData("clock>06:00:00Z", true), InlineData("clock==06:00:00.500Z", true), InlineData("clock<06:00:00Z", false)]
    [InlineData("speed.observedAt>=2017-12-24T12:00:00Z", true), InlineData("speed.observedAt==2026-03-01T12:00:00.0Z", true), InlineData("speed.observedAt<\"2026-03-01T12:00:00Z\"", false)]
    [InlineData("createdAt==2026-01-01T00:00:00Z", true), InlineData("modifiedAt>2026-01-01T00:00:00Z", true), InlineData("modifiedAt<2026-01-01T00:00:00Z", false), InlineData("expiresAt", false)]
    [InlineData("speed.createdAt>=2026-01-01T00:00:00Z", true), InlineData("createdAt>5", false), InlineData("createdAt!=5", true), InlineData("createdAt~=\"2026\"", false)]
    // Members and attributes of attributes.
    [InlineData("speed.unitCode==\"KMH\"", true), InlineData("speed.unitCode!=KMH", false), InlineData("speed.unitCode~=\"^K\"", true), InlineData("speed.accuracy==0.5", true), InlineData("speed.accuracy.source==\"GPS\"", true)]
    // Arrays: equal to one of the elements; no order.
    [InlineData("tags==\"a\"", true), InlineData("tags==\"c\"", false), InlineData("tags==\"b\",\"z\"", true), InlineData("tags==\"x\",\"z\"", false), InlineData("tags!=\"c\"", true), InlineData("tags!=\"a\"", false), InlineData("tags!=\"x\",\"a\"", false)]
    [InlineData("tags==7", true), InlineData("tags>5", false), InlineData("tags~=\"a\"", false), InlineData("list==2", true), InlineData("list!=2", false), InlineData("list==4..9", false), InlineData("list==3..9", true)]
    // Languages.
    [InlineData("label[en]==\"hello\"", true), InlineData("label[EN]==\"hello\"", true), InlineData("label[en]==\"bonjour\"", false), InlineData("label[*]==\"bonjour\"", true), InlineData("label==\"salut\"", true)]
    [InlineData("label[fr]==\"salut\"", true), InlineData("label[fr]!=\"salut\"", false), InlineData("label[*]!=\"hello\"", false), InlineData("label[*]!=\"hola\"", true), InlineData("label[de]!=\"hello\"", false), InlineData("label[de]", false)]
    [InlineData("label[*]~=\"^bon\"", true), InlineData("label[*]!~=\"^bon\"", false), InlineData("label[en]~=\"^bon\"", false), InlineData("label[en]!~=\"^bon\"", true)]
    // Relationships: equal or not, no more.
    [InlineData("ref==urn:dest:A", true), InlineData("ref==\"urn:dest:A\"", true), InlineData("ref!=urn:dest:A", false), InlineData("ref!=urn:dest:B", true), InlineData("ref>\"urn:a\"", false), InlineData("ref~=\"urn\"", false), InlineData("ref!~=\"x\"", false)]
    [InlineData("refs==urn:dest:B", true), InlineData("refs==urn:dest:C,urn:dest:B", true), InlineData("refs!=urn:dest:B", false), InlineData("listed==urn:dest:B", true), InlineData("listed!=urn:dest:C", true), InlineData("ref==5", false), InlineData("ref!=5", true)]
    // Vocabulary: without expandValues as written.
    [InlineData("gender==http://example.org/Male", true), InlineData("gender==Male", false), InlineData("gender!=Male", true), InlineData("genders==\"http://example.org/Other\"", true)]
    // Members of compound values, examples 9 to 11.
    [InlineData("address[city]==\"Berlin\"", true), InlineData("address[city]", true), InlineData("address[postcode]==\"Berlin\"", false), InlineData("address[postcode]!=\"Berlin\"", false), InlineData("!address[postcode]", true)]
    [InlineData("address[deep.er]==40", true), InlineData("address[deep][er]==40", true), InlineData("address[parts.1.n]==2", true), InlineData("address[parts][0][n]==2", false), InlineData("address[parts][9]", false), InlineData("address[city.x]", false)]
    [InlineData("address[none]", true), InlineData("address[none]==0", false), InlineData("address[none]!=0", true), InlineData("tickets[value]==\"Overstay\"", true), InlineData("tickets[id]==\"85a6\"", true), InlineData("route[x]", false)]
    // Patterns: found anywhere.
    [InlineData("name~=\"^Eiffel\"", true), InlineData("name~=\"Tower\"", true), InlineData("name~=\"^Tower\"", false), InlineData("name!~=\"^Eiffel\"", false), InlineData("name!~=\"^Pisa\"", true), InlineData("nothing!~=\"x\"", false)]
    [InlineData("speed~=\"3.*\"", false), InlineData("speed!~=\"9.*\"", false), InlineData("route~=\"5.*\"", true), InlineData("route!~=\"9.*\"", true), InlineData("route~=^5\\d+$", true), InlineData("route~=\"^\\d{3}$\"", true), InlineData("route~=\"^[[:digit:]]+$\"", true)]
    [InlineData("route~=(4|5)50;active==true", true), InlineData("route~=[|]|speed==30", true), InlineData("name~=\"^Eif.*\"", true), InlineData("name~=\"^if.*\"", false), InlineData("name~=\"r$\"", true), InlineData("name~=\"Eiffel.*Tower\"", true), InlineData("name~=.*", true), InlineData("typed~=\"quo\\\"te\"", true), InlineData("name~=\"(?i)eiffel\"", true)]
    // "and" binds closer than "or"; parentheses, examples 6 and 7.
    [InlineData("speed==30|speed==1;route==\"x\"", true), InlineData("(speed==30|speed==1);route==\"x\"", false), InlineData("speed==1;speed==30|active==true", true), InlineData("speed==1;(speed==30|active==true)", false)]
    [InlineData("((speed>25|speed>3000);name==\"Eiffel Tower\")", true), InlineData(" ( speed > 25 ) ; active == true ", true), InlineData("!nothing;speed>25", true)]
    // Names with a prefix and whole.
    [InlineData("https://uri.etsi.org/ngsi-ld/default-context/speed==30", true), InlineData("ex:speed==30", false)]
    public void Matches_Value_AsClause4_9(string q, bool expected) => Assert.Equal(expected, QFilter.Parse(q, SampleEntity.Context).Matches(Vehicle));

    [Theory]
    [InlineData("gender==Male", "gender", true), InlineData("gender!=Male", "gender", false), InlineData("gender==\"Male\"", "other,gender", true), InlineData("gender==Female", "gender", false), InlineData("name==\"Eiffel Tower\"", "name", true)]
    public void Matches_ExpandValues_ComparesIris(string q, string expand, bool expected) => Assert.Equal(expected, QFilter.Parse(q, SampleEntity.Context, expand).Matches(Vehicle));

    [Theory]
    [InlineData("speed>50", true), InlineData("speed<10", true), InlineData("speed==5", true), InlineData("speed!=5", true), InlineData("speed>70", false), InlineData("speed.datasetId==urn:d:1", true)]
    public void Matches_SeveralInstances_AnyIsEnough(string q, bool expected)
    {
        var entity = SampleEntity.Of("'speed': [{'type': 'Property', 'value': 5}, {'type': 'Property', 'value': 60, 'datasetId': 'urn:d:1'}]");
        Assert.Equal(expected, QFilter.Parse(q, SampleEntity.Context).Matches(entity));
    }

    [Theory]
    [InlineData("sensor{humidity}==40", true, 1), InlineData("sensor{Device:humidity}==40", true, 1), InlineData("sensor{Room,Device:humidity}==40", true, 1), InlineData("sensor{Room:humidity}==40", false, 1)]
    [InlineData("sensor{humidity}", true, 1), InlineData("!sensor{humidity}", false, 1), InlineData("!sensor{nothing}", true, 1), InlineData("sensor{owner{name}}==\"x\"", true, 2), InlineData("sensor{Device:owner{Person:name}}==\"x\"", true, 2)]
    [InlineData("sensor{owner{name}}==\"y\"", false, 2), InlineData("sensor{humidity.unitCode}==\"P1\"", true, 1), InlineData("sensor{humidity}>39;name", false, 1), InlineData("absent{humidity}!=40", false, 1), InlineData("sensor{address[city]}==\"Berlin\"", true, 1)]
    public async Task Matches_LinkedEntity_FollowsTheRelationship(string q, bool expected, int hops)
    {
        var person = SampleEntity.Of("'name': 'x'", "urn:p:1", "'Person'");
        var device = SampleEntity.Of("'humidity': {'value': 40, 'unitCode': 'P1'}, 'owner': {'object': 'urn:p:1'}, 'address': {'value': {'city': 'Berlin'}}", "urn:d:1", "'Device'");
        var station = SampleEntity.Of("'sensor': {'object': ['urn:d:0', 'urn:d:1']}");
        var filter = QFilter.Parse(q, SampleEntity.Context);
        Assert.Equal(hops, filter.Hops);
        Assert.Equal(expected, filter.Matches(station, Find));
        Assert.Equal(expected, await new EntityQuery { Q = filter }.MatchesAsync(station, id => ValueTask.FromResult(Find(id))));
        if (!q.StartsWith('!')) Assert.False(filter.Matches(station));

        Entity? Find(string id) => id switch { "urn:d:1" => device, "urn:p:1" => person, _ => null };
    }

    [Fact]
    public void Matches_RelationshipsThatFanOut_AreRefused()
    {
        var ids = string.Join(", ", Enumerable.Range(0, 100).Select(i => $"'urn:e:{i}'"));
        var entity = SampleEntity.Of($"'r': {{'object': [{ids}]}}");
        var filter = QFilter.Parse("r{r{r{r{r{x}}}}}==1", SampleEntity.Context);
        Assert.EndsWith("TooComplexQuery", Assert.Throws<NgsiLdException>(() => filter.Matches(entity, _ => entity)).Type, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "q is empty"), InlineData("  ", "q is empty"), InlineData("speed>", "character 7: expected a value"), InlineData("speed=30", "character 6: expected an operator: =="), InlineData("speed>4..5", "lists and ranges of values go with == and != only")]
    [InlineData("speed>1,2", "lists and ranges"), InlineData("speed>true", "cannot be put in order"), InlineData("speed>abc", "in double quotes"), InlineData("(speed==1", "expected ) to close the parenthesis of character 1"), InlineData("speed==1)", "character 9: ) is not expected")]
    [InlineData("speed==1;", "expected the name of an attribute"), InlineData("speed==1,a==2", "has to be written in double quotes"), InlineData("name==\"x", "character 7: this text has no closing double quote"), InlineData("name==\"\\x\"", "character 8: \\ is followed by"), InlineData("name==\"\\u12\"", "four hexadecimal digits")]
    [InlineData("!speed==1", "goes without a comparison"), InlineData("speed==1..\"a\"", "the ends of a range"), InlineData("speed==1..", "expected a value"), InlineData("a[", "expected ]"), InlineData("a[]", "expected the name of a member")]
    [InlineData("a{b", "expected } to close the brace of character 2"), InlineData("a{}", "expected the name of an attribute"), InlineData("a{b}.c==1", "not expected here"), InlineData("1a==1", "expected the name of an attribute"), InlineData("id==urn:a:b", "id is not the name of an attribute")]
    [InlineData("a.observedAt.b==1", "observedAt has no members"), InlineData("name==Eiffel Tower", "is not expected here"), InlineData("a~=\"(\"", "cannot be understood"), InlineData("a~=\"(?<=x)y\"", "lookaround"), InlineData("a~=\"(x)\\1\"", "back reference"), InlineData("a~=", "is empty")]
    [InlineData("a~=\"[[:foo:]]\"", "[:foo:] is not a class"), InlineData("a~=\"((x{100}){100}){100}\"", "repeats too much"), InlineData("ex:==1", "expected a name after the prefix")]
    public void Parse_Unsound_NamesThePlaceAndTheCure(string q, string told)
    {
        var fault = Assert.Throws<NgsiLdException>(() => QFilter.Parse(q, SampleEntity.Context));
        Assert.EndsWith("BadRequestData", fault.Type, StringComparison.Ordinal);
        Assert.Contains(told, fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepParentheses_AreRefused()
    {
        var most = new string('(', ExpressionReader.Deepest) + "a" + new string(')', ExpressionReader.Deepest);
        Assert.True(QFilter.Parse(most, SampleEntity.Context).Matches(SampleEntity.Of("'a': 1")));
        foreach (var text in new[] { '(' + most + ')', new string('(', 9_999), string.Concat(Enumerable.Repeat("a{", 4_000)) })
            Assert.Contains("nested deeper than 50", Assert.Throws<NgsiLdException>(() => QFilter.Parse(text, SampleEntity.Context)).Detail, StringComparison.Ordinal);
        Assert.Contains("at most 10000", Assert.Throws<NgsiLdException>(() => QFilter.Parse("a==" + new string('1', 10_000), SampleEntity.Context)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a+)+$"), InlineData("(a|a)*$"), InlineData("(a|aa)+$"), InlineData("^(([a-z])+.)+[A-Z]([a-z])+$"), InlineData("(.*)*x$"), InlineData("(a{1,99}){1,99}$"), InlineData("(a?){99}a{99}"), InlineData("((((a*)*)*)*)*b")]
    public void Matches_ExplodingPattern_TakesLinearTime(string pattern)
    {
        var entity = SampleEntity.Of($"'name': '{new string('a', 20_000)}!'");
        var watch = ProcessorTime.Start();
        try
        {
            QFilter.Parse($"name~=\"{pattern}\"", SampleEntity.Context).Matches(entity);
        }
        catch (NgsiLdException e)
        {
            Assert.InRange(e.Status, 400, 403);
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public void Conditions_Conjunction_TellsWhatEveryMatchSatisfies()
    {
        var filter = QFilter.Parse("(speed>=5;speed==1..9);name==\"x\",\"y\";(ref==urn:a:b|a==1);b.c==1;d[e]==1;!f;g~=\"x\";on==true;t>2026-01-01T00:00:00Z;n!=1;createdAt>2026-01-01T00:00:00Z;z<\"k\"", SampleEntity.Context);
        Assert.Equal(["speed", "speed", "name", "on", "z"], filter.Conditions.Select(c => c.Attribute[SampleEntity.Name("").Length..]));
        Assert.Equal(new QCondition(SampleEntity.Name("speed")) { Low = Scalar.Of(5.0), IsLowIncluded = true }, filter.Conditions[0]);
        Assert.Equal(new QCondition(SampleEntity.Name("speed")) { Low = Scalar.Of(1.0), IsLowIncluded = true, High = Scalar.Of(9.0), IsHighIncluded = true }, filter.Conditions[1]);
        Assert.Equal([Scalar.Of("x"), Scalar.Of("y")], filter.Conditions[2].AnyOf!);
        Assert.Equal([Scalar.Of(true)], filter.Conditions[3].AnyOf!);
        Assert.Equal(new QCondition(SampleEntity.Name("z")) { High = Scalar.Of("k") }, filter.Conditions[4]);
        Assert.Equal(["speed", "name", "b", "d", "g", "on", "t", "n", "z"], filter.RequiredAttributes.Select(a => a[SampleEntity.Name("").Length..]));
        Assert.False(filter.IsSystemOnly);
        Assert.True(QFilter.Parse("modifiedAt>\"2020-01-01T00:00:00Z\"|createdAt", SampleEntity.Context).IsSystemOnly);
    }

    /// <summary>What an index of scalars finds by the conditions contains every match.</summary>
    [Fact]
    public void Conditions_RandomQueries_HoldForEveryMatch()
    {
        var names = Gen.Elements("a", "b", "c");
        var values = Gen.Elements("1", "2", "\"x\"", "\"y\"", "true", "urn:x:y", "\"2026-01-01T00:00:00Z\"");
        var terms = from name in names
                    from symbol in Gen.Elements("==", "!=", ">", "<=", "~=")
                    from value in values
                    select symbol == "==" || symbol == "!=" || value[0] is '"' or '1' or '2' ? $"{name}{symbol}{value}" : $"!{name}";
        var queries = from first in terms
                      from second in terms
                      from third in terms
                      from joint in Gen.Elements(";", "|", ";(")
                      select joint == ";(" ? $"{first};({second}|{third})" : $"{first}{joint}{second};{third}";
        var members = Gen.Elements("1", "2", "'x'", "'y'", "true", "[1, 'x']", "{'object': 'urn:x:y'}", "{'languageMap': {'en': ['x'], 'fr': 'y'}}", "{'type': 'Property', 'value': {'@type': 'DateTime', '@value': '2026-01-01T00:00:00.0Z'}}");
        var entities = from a in members
                       from b in members
                       from c in members
                       from count in Gen.Choose(1, 3)
                       select SampleEntity.Of(string.Join(", ", new[] { $"'a': {a}", $"'b': {b}", $"'c': {c}" }.Take(count)));
        Prop.ForAll(queries.ToArbitrary(), entities.ToArbitrary(), (q, entity) =>
        {
            var filter = QFilter.Parse(q, SampleEntity.Context);
            if (!filter.Matches(entity)) return;
            Assert.All(filter.RequiredAttributes, name => Assert.True(entity.Has(name)));
            Assert.All(filter.Conditions, condition => Assert.Contains(entity.Attributes.Where(e => e.Name == condition.Attribute).SelectMany(Scalar.Of), scalar => Satisfies(condition, scalar)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Matches_RandomTerms_NegationAndJunctionAgree() => Prop.ForAll(Gen.Elements("speed==30", "speed>99", "name~=\"x\"", "!nothing", "label[en]==\"hello\"", "ref==urn:a:b").Two().ToArbitrary(), pair =>
    {
        var (a, b) = pair;
        bool Holds(string q) => QFilter.Parse(q, SampleEntity.Context).Matches(Vehicle);
        Assert.Equal(Holds(a) && Holds(b), Holds($"{a};{b}"));
        Assert.Equal(Holds(a) || Holds(b), Holds($"{a}|{b}"));
        Assert.Equal(Holds(a), Holds($"(({a}))"));
    }).QuickCheckThrowOnFailure();

    private static bool Satisfies(QCondition condition, Scalar scalar)
    {
        if (condition.AnyOf is { } any) return any.Contains(scalar);
        if ((condition.Low ?? condition.High)!.Value.Kind != scalar.Kind) return false;
        if (condition.Low is { } low && Order(scalar, low) is var above && (above < 0 || (above == 0 && !condition.IsLowIncluded))) return false;
        return condition.High is not { } high || Order(scalar, high) is var below && (below < 0 || (below == 0 && condition.IsHighIncluded));

        static int Order(Scalar a, Scalar b) => a.Kind == ScalarKind.Text ? string.CompareOrdinal(a.Text, b.Text) : a.Number.CompareTo(b.Number);
    }
}
