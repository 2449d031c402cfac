using Michi.IntegrationTests.Security;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests;

/// <summary>What every route declares; that the declarations hold is proved by <see cref="RightsMatrixTests"/>.</summary>
public sealed class AuthorizationTests(MichiServer server)
{
    [Fact]
    public async Task EveryDoor_DeclaresItsRight() => Assert.DoesNotContain(await Door.AllAsync(server), d => d.Right is null);

    [Fact]
    public async Task EveryDoorOfAPlace_AsksForARightAtAPlace() => Assert.DoesNotContain(await Door.AllAsync(server), d => d.IsOfPlace && d.Right is Right.Anyone or Right.SignedIn);

    [Fact]
    public async Task EveryDoorThatTakesSomething_AsksForMoreThanToSeeThePlace() => Assert.DoesNotContain(await Door.AllAsync(server), d => !d.IsRead && d.Right == Right.ViewPlace);
}
