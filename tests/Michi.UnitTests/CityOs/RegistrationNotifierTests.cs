using System.Net;

namespace Michi.UnitTests.CityOs;

/// <summary>Subscriptions to registrations, on brokers on ports of this machine (ETSI GS CIM 009, 5.11.7).</summary>
public sealed class RegistrationNotifierTests
{
    [Fact]
    public async Task Throttling_ChangesThroughSeveralNodes_HoldsForAllTogether()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        // One clock goes behind the other.
        var (clock, behind) = (new ShiftedClock(), new ShiftedClock());
        behind.Shift(TimeSpan.FromSeconds(-2));
        await using var one = await SourceBroker.StartAsync(shared: database, clock: clock);
        await using var other = await SourceBroker.StartAsync(shared: database, clock: behind);
        await using var receiver = await Receiver.StartAsync();
        await using var unlimited = await Receiver.StartAsync();
        await SubscribeAsync(one, receiver, "'throttling': 60, ");
        await SubscribeAsync(other, unlimited, "");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => RegisterAsync(i % 2 == 0 ? one : other, i)));
        await unlimited.WaitAsync(10);
        await receiver.NoMoreThanAsync(1);

        foreach (var each in (ShiftedClock[])[clock, behind]) each.Shift(TimeSpan.FromSeconds(61));
        await Task.WhenAll(RegisterAsync(other, 10), RegisterAsync(one, 11));
        await unlimited.WaitAsync(12);
        await receiver.NoMoreThanAsync(2);
    }

    /// <summary>Nor does it go on with the next subscription of the same id.</summary>
    [Fact]
    public async Task Throttling_AfterARestartOrAClockSetBack_HoldsAsLongAsItSays()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        var clock = new ShiftedClock();
        await using var receiver = await Receiver.StartAsync();
        await using (var first = await SourceBroker.StartAsync(shared: database, clock: clock))
        {
            await SubscribeAsync(first, receiver, "'throttling': 60, ");
            await RegisterAsync(first, 1);
            await receiver.WaitAsync(1);
        }
        await using var broker = await SourceBroker.StartAsync(shared: database, clock: clock);
        await RegisterAsync(broker, 2);
        await receiver.NoMoreThanAsync(1);
        clock.Shift(TimeSpan.FromHours(-1));
        await RegisterAsync(broker, 3);
        await receiver.WaitAsync(2);
        await RegisterAsync(broker, 4);
        await receiver.NoMoreThanAsync(2);

        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", "csourceSubscriptions/urn:ngsi-ld:Subscription:1")).Status);
        // A new one is told of all there are.
        await SubscribeAsync(broker, receiver, "'throttling': 60, ");
        Assert.Equal(4, (await receiver.WaitAsync(3))[2].Body.GetProperty("data").GetArrayLength());
    }

    private static async Task SubscribeAsync(SourceBroker broker, Receiver receiver, string members) => Assert.Equal(
        HttpStatusCode.Created,
        (await broker.SendAsync("POST", "csourceSubscriptions", $"{{'id': 'urn:ngsi-ld:Subscription:{(members.Length > 0 ? 1 : 2)}', 'type': 'Subscription', 'entities': [{{'type': 'Lamp'}}], {members}'notification': {{'endpoint': {{'uri': '{receiver.Address}'}}}}}}")).Status);

    private static Task RegisterAsync(SourceBroker broker, int number) =>
        broker.RegisterAsync($"http://127.0.0.1:9/{number}", $"'id': 'urn:ngsi-ld:ContextSourceRegistration:{number}', 'information': [{{'entities': [{{'type': 'Lamp'}}]}}]");
}
