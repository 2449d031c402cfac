using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Platform.Migrations;

[DbContext(typeof(PlatformDb))]
[Migration("20261123_AddInvitations")]
internal sealed class AddInvitations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("platform_invitations", t => new
        {
            Id = t.Column<Guid>(),
            Hash = t.Column<string>(),
            Email = t.Column<string>(),
            PlaceId = t.Column<Guid>(nullable: true),
            Role = t.Column<int>(nullable: true),
            CreatedAt = t.Column<long>(),
            ExpiresAt = t.Column<long>(),
            TakenAt = t.Column<long>(nullable: true),
            WithdrawnAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_platform_invitations", i => i.Id));
        migrationBuilder.CreateIndex("IX_platform_invitations_Hash", "platform_invitations", "Hash", unique: true);
        migrationBuilder.CreateIndex("IX_platform_invitations_PlaceId", "platform_invitations", "PlaceId");
    }
}
